import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock, until } from '@pinky/protocol/testing';
import { orderRedis } from '../../src/children/redis-probe.js';
import { AofGuard } from '../../src/redis-data/aof-guard.js';
import { mendData } from '../../src/redis-data/mend-data.js';

let dir: string;
let redis: ChildProcess | undefined;
let guard: AofGuard;
let clock: FakeClock;
let rewrites: number;
const at = (name: string): string => join(dir, name);
const ask = (...words: string[]): Promise<string> => orderRedis(at('s'), 'secret', words, 2_000);
const say = (line: string): void => appendFileSync(at('log'), `1:M 30 Nov 2026 21:00:00.000 # ${line}\n`);
const byRewrite = 'Creating AOF incr file appendonly.aof.2.incr.aof on background rewrite';
const solved = 'AOF write error looks solved, Redis can write again.';
const newestBase = (): number =>
  Math.max(...readdirSync(at('appendonlydir')).map((name) => Number(/(\d+)\.base/.exec(name)?.[1] ?? 0)));
/** The guard looks once a second. */
const looks = (what: string, isSo: () => boolean): Promise<true> => until(what, async () => {
  await clock.advance(1_000);
  return isSo();
});

async function startRedis(): Promise<void> {
  const words = ['--port', '0', '--unixsocket', at('s'), '--requirepass', 'secret', '--appendonly', 'yes'];
  const log = openSync(at('log'), 'a');
  redis = spawn('redis-server', [...words, '--save', '', '--dir', dir], {
    stdio: ['ignore', log, 'ignore'],
    detached: true, // with the fork that writes the file anew
  });
  closeSync(log);
  await until('it is there', async () => (await ask('PING')).includes('PONG'));
}
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pinky-aof-'));
  clock = new FakeClock();
  rewrites = 0;
  const logger = { info: () => { rewrites += 1; } } as never; // it calls nothing else
  guard = new AofGuard({ socketPath: at('s'), password: 'secret', redisDir: dir, logFile: at('log'), logger, clock });
});
afterEach(async () => {
  await guard.stop();
  await endRedis('SIGKILL');
  redis = undefined;
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
});

const done = (): void => {
  say('Background append only file rewriting started by pid 7');
  say('Background AOF rewrite finished successfully');
};

it('has the file written anew once after an error that is over, if no rewrite has begun and ended since', async () => {
  await startRedis();
  say(solved); // the file was opened at the start, for appending, so it has no gap
  guard.start();
  for (let look = 0; look < 3; look++) await clock.advance(1_000);
  expect(rewrites).toBe(0);
  say(byRewrite);
  say(solved);
  done();
  for (let look = 0; look < 3; look++) await clock.advance(1_000);
  expect(rewrites).toBe(0);
  say('Background append only file rewriting started by pid 7');
  say(solved);
  say('Background AOF rewrite finished successfully'); // it had made the file that has the gap
  await looks('it is written anew', () => rewrites === 1 && newestBase() === 2);
  for (let look = 0; look < 30; look++) await clock.advance(1_000);
  expect([rewrites, newestBase()]).toEqual([1, 2]);
});

it('takes up an error of before its start, and orders again after growing pauses until a rewrite is done', async () => {
  const server = createServer((socket) => {
    socket.on('data', () => socket.end('+OK\r\n+Background append only file rewriting started\r\n'));
  });
  await new Promise<void>((listening) => { server.listen(at('s'), listening); });
  const orderedAt: number[] = [];
  const pass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second++) {
      const before = rewrites;
      await clock.advance(1_000);
      await until('the answer was heard', () => clock.sleeping > 0);
      if (rewrites > before) orderedAt.push(clock.now() - from);
    }
  };
  say(byRewrite);
  say(solved);
  const from = clock.now();
  guard.start();
  await until('the answer was heard', () => rewrites === 1 && clock.sleeping > 0);
  await pass(15);
  say('Background AOF rewrite terminated with error');
  await pass(60);
  expect(orderedAt).toEqual([10_000, 30_000, 70_000]);
  done();
  await pass(120);
  expect(orderedAt).toHaveLength(3);
  await new Promise((closed) => { server.close(closed); });
});

function canMount(): boolean {
  try {
    execFileSync('unshare', ['-m', 'true'], { stdio: 'ignore' });
    return process.getuid?.() === 0;
  } catch {
    return false;
  }
}

/** Redis on a small disk that is full for a while, so that a write comes short in a file that a rewrite has made. */
async function fillDisk(): Promise<void> {
  await startRedis();
  await ask('BGREWRITEAOF');
  await until('it is made', () => newestBase() === 2);
  const text = 'x'.repeat(700);
  const set = (): Promise<string> => ask('SET', `a${process.hrtime.bigint()}`, text);
  await set(); // the file has a page, so that a write comes short at its end
  const fill = (): void => writeFileSync(at('fill'), Buffer.alloc(16 * 2 ** 20));
  expect(fill).toThrow('ENOSPC');
  await until('a write fails', async () => (await set()).includes('MISCONF'));
  rmSync(at('fill'));
  await until('it writes again', async () => (await set()).includes('+OK\r\n+OK'));
}

async function endRedis(signal: NodeJS.Signals): Promise<void> {
  const ended = redis?.exitCode === null && redis.signalCode === null ? once(redis, 'exit') : undefined;
  if (ended) process.kill(-redis!.pid!, signal);
  await ended;
}

(canMount() ? describe : describe.skip)('on a disk that was full', () => {
  beforeEach(() => void execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', dir]));
  afterEach(async () => {
    await endRedis('SIGKILL');
    execFileSync('umount', ['--lazy', dir]);
  });

  it('the file is kept whole', async () => {
    const filled = fillDisk();
    guard.start();
    await filled;
    await looks('the file is written anew', () => newestBase() === 3);
    await ask('SET', 'last', 'kept');
    await endRedis('SIGTERM');
    const check = ['appendonlydir/appendonly.aof.manifest'];
    expect(execFileSync('redis-check-aof', check, { cwd: dir, encoding: 'utf8' })).toContain('All AOF files');
    await startRedis();
    expect(await ask('GET', 'last')).toContain('kept');
  });

  it('nothing is lost where Redis was killed before that', async () => {
    await fillDisk();
    await ask('SET', 'last', 'kept');
    await endRedis('SIGKILL');
    const options = { redisServer: 'redis-server', signal: new AbortController().signal };
    expect(await mendData(dir, options)).toMatchObject({ kind: 'closed' });
    await startRedis();
    expect(await ask('GET', 'last')).toContain('kept');
  });
});
