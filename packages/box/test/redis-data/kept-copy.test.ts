import { FakeClock, until } from '@pinky/protocol/testing';
import { readRedisDamage } from '@pinky/protocol';
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mendData } from '../../src/redis-data/mend-data';
import { RedisMender } from '../../src/redis-data/redis-mender';

const command = (...words: readonly string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
const big = command('SET', 'big', 'x'.repeat(300 * 1024));
const half = command('SET', 'half', 'yes').slice(0, -5);
const name = 'appendonly.aof.1.incr.aof';
const options = { redisServer: 'redis-server', signal: new AbortController().signal };

const openFiles = (): string[] => readdirSync('/proc/self/fd').map((fd) => {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return ''; // it was closed just now
  }
});

/** Makes the files of a Redis with these writes in a home. */
function makeIn(home: string, writes: string | Buffer) {
  const dir = join(home, 'redis');
  const folder = join(dir, 'appendonlydir');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'appendonly.aof.manifest'), `file ${name} seq 1 type i\n`);
  const file = join(folder, name);
  writeFileSync(file, writes);
  return { dir, file, copy: join(dir, `${name}.damaged`) };
}

describe('the copy of a damaged file', () => {
  const home = mkdtempSync(join(tmpdir(), 'kept-copy-'));
  afterEach(() => rmSync(join(home, 'redis'), { recursive: true, force: true }));
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  it('is used again if it is exactly that file, and made anew if a byte differs', async () => {
    const { dir, file, copy } = makeIn(home, big + half);
    cpSync(file, copy);
    const { ino } = statSync(copy);
    expect(await mendData(dir, options)).toMatchObject({ kind: 'cut', cut: { copy, bytes: half.length } });
    expect(statSync(copy).ino).toBe(ino);

    writeFileSync(file, big + half);
    writeFileSync(copy, big + half.replace('half', 'hulf'));
    expect(await mendData(dir, options)).toMatchObject({ kind: 'cut', cut: { copy } });
    expect(readFileSync(copy, 'latin1')).toBe(big + half);
    await until('none of the files is open any more', () => openFiles().every((path) => !path.includes(home)));
  });

  it('is the old file itself where a gap is closed', async () => {
    const { dir, file, copy } = makeIn(home, big + '\0'.repeat(99) + big);
    const { ino } = statSync(file);
    expect(await mendData(dir, options)).toMatchObject({ kind: 'closed', bytes: 99, copy });
    expect([statSync(copy).ino, statSync(copy).nlink]).toEqual([ino, 1]);
    expect(readFileSync(file, 'latin1')).toBe(big + big);
  });

  it('is made where it was a second name of the file, which a cut would change too', async () => {
    const { dir, file, copy } = makeIn(home, big + half);
    linkSync(file, copy); // the machine went down while a gap was closed
    expect(await mendData(dir, options)).toMatchObject({ kind: 'cut', cut: { copy } });
    expect(readFileSync(file, 'latin1')).toBe(big);
    expect(readFileSync(copy, 'latin1')).toBe(big + half);
  });
});

const canMount = process.getuid?.() === 0;
(canMount ? describe : describe.skip)('a damaged file on a full disk', () => {
  const home = mkdtempSync(join(tmpdir(), 'full-disk-'));
  const filling = join(home, 'filling');
  beforeEach(() => void execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', home]));
  afterEach(() => void execFileSync('umount', ['--lazy', home]));
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  /** Leaves so many bytes free. */
  const fill = (freeBytes: number): void => {
    rmSync(filling, { force: true });
    const { bavail, bsize } = statfsSync(home);
    writeFileSync(filling, Buffer.alloc(bavail * bsize - freeBytes));
  };

  it.each([
    ['a cut', big + half, (big + half).length, 'cut'],
    ['a gap', `${big}${'\0'.repeat(99)}${command('PING')}`, (big + command('PING')).length, 'closed'],
  ])('with %s is told with folder, bytes needed and bytes free, and is mended later', async (_, text, bytes, kind) => {
    const { dir, file, copy } = makeIn(home, text);
    fill(64 * 1024);
    const outcome = await mendData(dir, options);
    expect(outcome).toMatchObject({
      kind: 'stuck',
      because: expect.stringContaining(`${dir} needs ${bytes} bytes free, and has ${64 * 1024}`),
      remedy: expect.stringContaining(`free ${bytes - 64 * 1024} bytes on the disk of ${dir}`),
    });
    expect(readFileSync(file, 'latin1')).toBe(text);
    expect(statfsSync(home).bavail * statfsSync(home).bsize).toBe(64 * 1024);
    fill(304 * 1024); // the file once, and no more
    expect(await mendData(dir, options)).toMatchObject({ kind });
    expect(readFileSync(copy, 'latin1')).toBe(text);
  });

  it('is told once while the free bytes change, and Redis starts once there is room', async () => {
    const { dir } = makeIn(home, big + half);
    writeFileSync(join(home, 'log'), 'Bad file format reading the append only file\n');
    const clock = new FakeClock();
    const told: string[] = [];
    let hasStarted = false;
    const note = ({ event }: { readonly event: string }): void => void told.push(event);
    const logger = { error: note, warn: note, info: note, debug: note } as never;
    const exit = { kind: 'code', code: 1 };
    const tree = { view: () => ({ state: 'running', lastExit: exit }) } as never;
    const parts = { home, redisDir: dir, logFile: join(home, 'log'), redisServer: 'redis-server' };
    const mender = new RedisMender({ ...parts, tree, logger, clock, launch: () => void (hasStarted = true) });
    fill(64 * 1024);
    expect(mender.takesOver()).toBe(true);
    const passUntil = async (isSo: () => boolean): Promise<void> => {
      while (!isSo()) {
        await new Promise((resolve) => setImmediate(resolve));
        await clock.advance(2_000);
      }
    };
    const because = (): string => readRedisDamage(home)?.stuck?.because ?? '';
    await passUntil(() => because().endsWith(`has ${64 * 1024}`));
    fill(96 * 1024);
    await passUntil(() => because().endsWith(`has ${96 * 1024}`));
    fill(400 * 1024);
    await passUntil(() => hasStarted);
    expect(told).toEqual(['redis.stuck', 'redis.data_cut']);
    expect(readRedisDamage(home)?.stuck).toBeUndefined();
  });
});
