import { cpSync, readdirSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { redisKeys } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { PrivateRedis } from '../packages/queue/test/support/private-redis';
import { assertBuilt, RealBox } from './box/real-box';

/** Homes that want one name of a box on one Redis, by the command line that operators use. */
describe('a box\'s name in your own Redis', () => {
  const keys = redisKeys('1');
  let redis: PrivateRedis;
  let client: Redis;
  let boxes: RealBox[];

  beforeAll(assertBuilt);
  beforeEach(async () => {
    redis = new PrivateRedis();
    await redis.start();
    client = redis.client();
    boxes = [];
  });
  afterEach(async () => {
    for (const box of boxes) await box.end();
    await redis.end();
  });

  const home = (): RealBox => {
    const box = new RealBox(`redis: ${redis.address}\nports: {first: 22550, step: 1, count: 20}\n`);
    boxes.push(box);
    return box;
  };
  const up = (box: RealBox, ...more: string[]) => box.pinky(['up', '--daemonize', ...more]);
  const refusal = { code: 1, answer: { error: { code: 'box_taken' } } };

  it('is refused to a second home, and to a copy of the first, until the first goes down', async () => {
    const [first, second, copy] = [home(), home(), home()];
    expect(await up(first)).toMatchObject({ code: 0 });
    const refused = await up(second);
    expect(refused).toMatchObject(refusal);
    expect(refused.answer.error.message).toContain(first.home);
    expect(refused.answer.error.message).toContain(second.home);
    const { code, answer } = await second.pinky(['doctor']);
    expect(code).toBe(1);
    expect(answer.findings).toContainEqual(
      expect.objectContaining({ name: 'box name', level: 'bad', found: refused.answer.error.message }),
    );
    cpSync(`${first.home}/identity`, `${copy.home}/identity`);
    expect(await up(copy)).toMatchObject(refusal); // once the heartbeat was renewed
    expect(await first.pinky(['down'])).toMatchObject({ code: 0 });
    expect(await up(second)).toMatchObject({ code: 0 });
  });

  it('is kept for a home whose box was killed, and given to another by --take-over only', async () => {
    const [first, second] = [home(), home()];
    expect(await up(first)).toMatchObject({ code: 0 });
    first.killAll();
    await client.del(keys.heartbeat); // as time does
    expect(await up(second)).toMatchObject(refusal);
    expect(await up(first)).toMatchObject({ code: 0 });
    expect(await up(second, '--take-over')).toMatchObject({ code: 0 });
    expect(await up(first)).toMatchObject({ answer: { error: { code: 'already_running' } } });
    expect(await client.hget(keys.owner, 'home')).toBe(second.home);
  });

  it('that another has taken keeps nobody from stopping what still runs without a supervisor', async () => {
    const [first, second] = [home(), home()];
    expect(await up(first)).toMatchObject({ code: 0 });
    for (const id of ['a', 'b'])
      expect(await first.pinky(['start', id, '--funpack', 'emberhollow'])).toMatchObject({ code: 0 });
    const { processes } = (await first.pinky(['ps'])).answer;
    const killed = processes.filter(({ role }: { role: string }) => ['supervisor', 'queue'].includes(role));
    const { servers } = (await first.pinky(['ps'])).answer;
    const orphan = servers.find(({ serverId }: { serverId: string }) => serverId === 'b').worker;
    for (const { pid } of [...killed, orphan]) process.kill(pid, 'SIGKILL');
    await client.del(keys.heartbeat); // as time does
    expect(await up(second, '--take-over')).toMatchObject({ code: 0 });
    expect(await up(first)).toMatchObject(refusal);
    const stopped = { code: 0, answer: { home: first.home, mode: 'drain', running: 0 } };
    expect(await first.pinky(['down'])).toEqual(stopped);
    expect(first.processes()).toEqual([]);
    for (const id of ['a', 'b'])
      expect(readdirSync(first.file('backups/worlds', id)).join()).toContain('.tar.lzo');
  });

  it('that another has taken is no reason to end the supervisor for an upgrade', async () => {
    const [first, second] = [home(), home()];
    expect(await up(first)).toMatchObject({ code: 0 });
    expect(await up(second, '--take-over')).toMatchObject({ code: 0 });
    const pid = first.text('supervisor.pid');
    expect(await first.pinky(['upgrade'])).toMatchObject(refusal);
    expect(first.text('supervisor.pid')).toBe(pid);
    expect((await first.pinky(['ps'])).answer).toMatchObject({ answers: { supervisor: true, queue: true } });
  });

  it('is waited for while a version without owners may still live, and refused once that is sure', async () => {
    const box = home();
    const beat = (ms: number) => client.set(keys.heartbeat, '{"freeDiskMb":1,"version":"0.1.0"}', 'PX', ms);
    await beat(3_000);
    expect(await up(box)).toMatchObject({ code: 0 });
    expect(await box.pinky(['down'])).toMatchObject({ code: 0 });
    await client.flushall();
    await beat(5_000);
    const alive = setInterval(() => void beat(9_000), 500);
    expect(await up(box).finally(() => clearInterval(alive))).toMatchObject(refusal);
  });

  it('starts a box whose Redis is away, and says so', async () => {
    await redis.kill('SIGTERM');
    const box = home();
    expect(await up(box)).toMatchObject({ code: 0 });
    const { answer } = await box.pinky(['ps']);
    expect(answer.redis).toMatchObject({ state: 'away' });
    expect(answer.notes.join()).toContain('no connection to Redis');
    await redis.start();
    await until('the queue has found it', async () =>
      (await box.pinky(['ps'])).answer.redis.state === 'connected',
    );
  });
});
