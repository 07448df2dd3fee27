import { readRedisDamage } from '@pinky/protocol';
import { trySignal } from '@pinky/supervisor';
import { execFileSync } from 'node:child_process';
import { appendFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { compile, FakeBox } from '../fake-box';

beforeAll(compile);

describe('a supervisor whose private Redis finds its data damaged', () => {
  const box = new FakeBox();
  const { redisDir, redisSocket } = box.paths;
  const folder = join(redisDir, 'appendonlydir');
  const last = join(folder, 'appendonly.aof.1.incr.aof');
  const zeros = Buffer.alloc(4096);
  afterAll(() => box.end());

  const say = (...words: readonly string[]): string => {
    const options = ['-s', redisSocket, '-a', 'secret', '--no-auth-warning'];
    return execFileSync('redis-cli', [...options, ...words], { encoding: 'utf8', stdio: 'pipe' }).trim();
  };
  const isUp = (): boolean => say('PING') === 'PONG';
  const logged = (event: string): number => box.log().split(`"${event}"`).length - 1;

  it('has it mended before it is started again, and says how much was cut off', async () => {
    box.configure({ redis: undefined, redisPassword: 'secret' } as never);
    await box.up();
    await box.until(isUp);
    say('SET', 'kept', 'until the end');
    box.signal('SIGTERM');
    expect(await box.exit()).toBe(0);
    appendFileSync(last, zeros);
    await box.up();
    await box.until(isUp);
    expect(say('GET', 'kept')).toBe('until the end');
    expect(readRedisDamage(box.home)).toEqual({
      version: 1,
      cut: {
        at: expect.any(Number),
        file: last,
        bytes: zeros.length,
        keptBytes: expect.any(Number),
        copy: join(redisDir, 'appendonly.aof.1.incr.aof.damaged'),
      },
    });
    expect(logged('redis.data_cut')).toBe(1);
    expect(logged('child.backing_off')).toBe(0);
  });

  it('does so too where Redis dies while the box runs', async () => {
    const pid = (await box.pid('redis'))!;
    appendFileSync(last, zeros);
    trySignal(pid, 'SIGKILL');
    await box.until(async () => ![undefined, pid].includes(await box.pid('redis')) && isUp());
    expect(say('GET', 'kept')).toBe('until the end');
    expect(logged('redis.data_cut')).toBe(2);
  });

  it('says what cannot be mended, starts nothing, and goes on once a person has helped', async () => {
    const pid = (await box.pid('redis'))!;
    const base = join(folder, 'appendonly.aof.1.base.rdb');
    renameSync(base, join(redisDir, 'away'));
    trySignal(pid, 'SIGKILL');
    await box.until(() => readRedisDamage(box.home)?.stuck !== undefined);
    expect(readRedisDamage(box.home)).toMatchObject({
      cut: { bytes: zeros.length },
      stuck: { because: `${base} is gone` },
    });
    expect(await box.child('redis')).toMatchObject({ state: 'idle' });
    const launches = logged('child.launched');
    renameSync(join(redisDir, 'away'), base);
    await box.until(isUp);
    expect(say('GET', 'kept')).toBe('until the end');
    expect(readRedisDamage(box.home)?.stuck).toBeUndefined();
    expect([logged('child.launched') - launches, logged('redis.stuck')]).toEqual([1, 1]);
  });

  it('tells Redis’s own words where it ends for another reason', async () => {
    const pid = (await box.pid('redis'))!;
    const conf = join(redisDir, 'redis.conf');
    appendFileSync(conf, 'no-such-directive yes\n');
    trySignal(pid, 'SIGKILL');
    await box.until(() => readRedisDamage(box.home)?.stuck?.because === 'Bad directive or wrong number of arguments');
    expect(await box.child('redis')).not.toMatchObject({ state: 'idle' });
  });

  it('starts no Redis that would lose its data, and ends on TERM all the same', async () => {
    box.signal('SIGTERM');
    expect(await box.exit()).toBe(0);
    rmSync(join(folder, 'appendonly.aof.manifest'));
    await box.up();
    await box.until(() => readRedisDamage(box.home)?.stuck?.because.includes('manifest is gone') === true);
    expect(await box.child('redis')).toBeUndefined();
    box.signal('SIGTERM');
    expect(await box.exit()).toBe(0);
    expect(readRedisDamage(box.home)?.stuck?.remedy).toContain(`mv ${folder} ${folder}.old`);
  });
});
