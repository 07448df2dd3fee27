import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { redisKeys } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { makeCertificates } from '../packages/queue/test/support/certificates';
import { RedisServer, SentinelPair } from '../packages/queue/test/support/redis-server';
import { assertBuilt, RealBox } from './box/real-box';

interface Finding {
  readonly name: string;
  readonly level: string;
  readonly found: string;
  readonly fix?: string;
}

/** A Redis of an operator's own that is there but wrong, by the command line that operators use. */
describe('your own Redis', () => {
  const keys = redisKeys('1');
  let ends: (() => unknown)[];

  beforeAll(assertBuilt);
  beforeEach(() => { ends = []; });
  afterEach(async () => {
    for (const end of ends.reverse()) await end();
  });

  async function server(...lines: readonly string[]): Promise<RedisServer> {
    const made = new RedisServer(lines);
    ends.push(() => made.end());
    return made.start();
  }

  function boxWith(options: string): RealBox {
    const box = new RealBox(options);
    ends.push(() => box.end());
    return box;
  }

  const up = (box: RealBox) => box.pinky(['up', '--daemonize']);
  /** The findings of doctor about Redis that are not well. */
  async function sick(box: RealBox): Promise<readonly Finding[]> {
    const { findings } = (await box.pinky(['doctor'])).answer as { findings: readonly Finding[] };
    return findings.filter(({ name, level }) => /^(redis|queue)(?!-)/.test(name) && level !== 'ok');
  }
  const bad = (found: string, fix: string): unknown =>
    expect.objectContaining({
      level: 'bad',
      found: expect.stringContaining(found) as unknown,
      fix: expect.stringContaining(fix) as unknown,
    });

  it('in cluster mode is refused by up and doctor, in one sentence', async () => {
    const redis = await server('cluster-enabled yes');
    const box = boxWith(`redis: ${redis.address}\n`);
    expect(await sick(box)).toEqual([bad('cluster mode', 'without cluster mode')]);
    const refused = await up(box);
    expect(refused).toMatchObject({ code: 1, answer: { error: { code: 'redis_unsuitable' } } });
    expect(refused.answer.error.message).toContain('cluster mode');
    expect(box.processes()).toEqual([]);
  });

  it('that comes back in cluster mode keeps no supervisor from games that play', async () => {
    const redis = await server();
    const box = boxWith(`redis: ${redis.address}\nports: {first: 25200, step: 7, count: 10}\n`);
    await up(box);
    const { pid } = (await box.pinky(['start', 'a', '--funpack', 'emberhollow', '--ram', '256'])).answer;
    await redis.kill();
    const clustered = new RedisServer(['cluster-enabled yes']);
    clustered.port = redis.port;
    ends.push(() => clustered.end());
    await clustered.start();
    const games = [{ serverId: 'a', isSame: true }];
    expect(await box.pinky(['upgrade'])).toMatchObject({ code: 0, answer: { games } });
    process.kill(Number(box.text('supervisor.pid')), 'SIGKILL');
    expect(await up(box)).toMatchObject({ code: 0, answer: { redisState: 'refusing' } });
    expect((await box.pinky(['explain', 'a'])).answer).toMatchObject({ state: 'up', pid });
  });

  it('without the database that is named is said by up, ps and doctor, and left alone', async () => {
    const redis = await server('databases 16', 'appendonly yes');
    const box = boxWith(`redis: ${redis.address}/99\n`);
    expect(await up(box)).toMatchObject({ code: 0, answer: { redisState: 'refusing' } });
    const { answer } = await box.pinky(['ps']);
    expect(answer.notes.join()).toContain('database 99 cannot be used');
    expect(answer.processes).toContainEqual({ role: 'redis (your own)', state: 'refusing' });
    expect(await sick(box)).toEqual([bad('database 99', 'name a database')]);
    expect(await redis.client().dbsize()).toBe(0);
  });

  it('that is away is said by up, and has a line in ps', async () => {
    const box = boxWith('redis: redis://127.0.0.1:1\n');
    expect(await up(box)).toMatchObject({ code: 0, answer: { redis: 'own', redisState: 'away' } });
    expect((await box.pinky(['ps'])).answer.processes).toContainEqual({ role: 'redis (your own)', state: 'away' });
    expect(await sick(box)).toEqual([bad('does not answer', '--redis')]);
  });

  it('is examined by doctor: what it may do, its memory, policy, files and role', async () => {
    const redis = await server('user pinky on >secret ~* &* +@all -@dangerous -@admin', 'maxmemory 100mb');
    const box = boxWith(`redis: ${redis.address.replace('//', '//pinky:secret@')}\nheartbeat_interval: 1s\n`);
    const admin = redis.client();
    expect(await up(box)).toMatchObject({ code: 0 });
    expect(await sick(box)).toContainEqual(bad("'info'", 'ACL SETUSER'));
    expect((await box.pinky(['ps'])).answer.processes).toContainEqual({ role: 'redis (your own)', state: 'refusing' });
    expect(box.text('log/queue.log').split('\n').filter((line) => line.includes('"error"'))).toHaveLength(1);
    expect(box.text('log/queue.log')).not.toContain('secret');

    await admin.call('ACL', 'SETUSER', 'pinky', '+info', '+config|get');
    await until('it goes on', async () => (await box.pinky(['ps'])).answer.redis.troubles.length === 0);
    expect(await sick(box)).toEqual([expect.objectContaining({ level: 'odd', name: 'redis files' })]);
    await admin.config('SET', 'appendonly', 'yes');
    expect(await sick(box)).toEqual([]);

    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await admin.config('SET', 'maxmemory', '1mb');
    expect(await sick(box)).toEqual(
      expect.arrayContaining([bad('`maxmemory` is reached', 'raise'), bad('allkeys-lru', 'noeviction')]),
    );
    await admin.config('SET', 'maxmemory', '0', 'maxmemory-policy', 'noeviction');
    await admin.call('REPLICAOF', '127.0.0.1', '1');
    expect(await sick(box)).toContainEqual(bad('is a replica', 'master'));
  });

  it('with a private authority is used by up and doctor where redis_tls names it', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'pinky-certificates-'));
    ends.push(() => rmSync(dir, { recursive: true, force: true }));
    const { ca, cert, key } = makeCertificates(dir);
    const files = [`tls-ca-cert-file ${ca}`, `tls-cert-file ${cert}`, `tls-key-file ${key}`];
    const redis = await server('tls-port $PORT', 'port 0', ...files, 'appendonly yes');
    const address = redis.address.replace('redis:', 'rediss:');
    const ignorant = boxWith(`redis: ${address}\n`);
    expect(await sick(ignorant)).toEqual([bad('certificate', 'redis_tls')]);
    const box = boxWith(
      `redis: ${address}\nredis_tls: {ca: ${ca}, cert: ${cert}, key: ${key}, server_name: redis.test}\n`,
    );
    expect(await up(box)).toMatchObject({ code: 0, answer: { redisState: 'connected' } });
    expect(await sick(box)).toEqual([]);
  });

  it('behind Sentinels is named in pinky.yml, and doctor finds its master', async () => {
    const pair = await new SentinelPair().start();
    ends.push(() => pair.end());
    const [sentinel] = pair.sentinels;
    const box = boxWith(`redis:\n  sentinels: ["127.0.0.1:${sentinel?.port}"]\n  name: games\n`);
    expect(await up(box)).toMatchObject({ code: 0, answer: { redisState: 'connected' } });
    expect((await sick(box)).filter(({ level }) => level === 'bad')).toEqual([]);
    expect(await pair.servers[0]?.client().get(keys.boxState)).toBe('up');
  });

  it('whose password is badly encoded is refused without repeating it', async () => {
    const box = boxWith('redis: "redis://:p%zzword@host"\n');
    const { code, answer } = await up(box);
    expect([code, answer.error.code]).toEqual([2, 'bad_option']);
    expect(answer.error.message).toContain('percent-encoded');
    expect(JSON.stringify([answer, await box.pinky(['doctor'])])).not.toContain('zzword');
  });
});
