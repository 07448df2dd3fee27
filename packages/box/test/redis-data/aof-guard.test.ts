import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock, until } from '@pinky/protocol/testing';
import { orderRedis } from '../../src/children/redis-probe.js';
import { AofGuard } from '../../src/redis-data/aof-guard.js';

let dir: string;
let redis: ChildProcess;
let guard: AofGuard;
let clock: FakeClock;
let rewrites: number;
const at = (name: string): string => join(dir, name);
const ask = (...words: string[]): Promise<string> => orderRedis(at('s'), 'secret', words, 2_000);
const say = (line: string): void => appendFileSync(at('log'), `1:M 30 Nov 2026 21:00:00.000 # ${line}\n`);
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
  redis = spawn('redis-server', [...words, '--save', '', '--dir', dir], { stdio: ['ignore', log, 'ignore'] });
  closeSync(log);
  await until('it is there', async () => (await ask('PING')).includes('PONG'));
}
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pinky-aof-'));
  clock = new FakeClock();
  rewrites = 0;
  const logger = { info: () => { rewrites += 1; } } as never; // it calls nothing else
  guard = new AofGuard({ socketPath: at('s'), password: 'secret', logFile: at('log'), logger, clock });
});
afterEach(async () => {
  await guard.stop();
  const ended = once(redis, 'exit');
  redis.kill('SIGKILL');
  await ended;
  rmSync(dir, { recursive: true, force: true });
});

it('has the file written anew once after an error that is over, if no rewrite has come since', async () => {
  await startRedis();
  say(solved);
  say('Background AOF rewrite finished successfully');
  guard.start();
  for (let look = 0; look < 3; look++) await clock.advance(1_000);
  expect(rewrites).toBe(0);
  say(solved);
  await looks('it is written anew', () => rewrites === 1 && newestBase() === 2);
  for (let look = 0; look < 3; look++) await clock.advance(1_000);
  expect([rewrites, newestBase()]).toEqual([1, 2]);
});

it('takes up an error of before its start, and tries again where a rewrite has failed', async () => {
  await startRedis();
  say(solved);
  guard.start();
  await looks('it is written anew', () => newestBase() === 2);
  say('Background AOF rewrite terminated with error');
  await looks('it is written anew once more', () => newestBase() === 3);
});

function canMount(): boolean {
  try {
    execFileSync('unshare', ['-m', 'true'], { stdio: 'ignore' });
    return process.getuid?.() === 0;
  } catch {
    return false;
  }
}

(canMount() ? it : it.skip)('keeps the file whole on a disk that was full', async () => {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', dir]);
  try {
    await startRedis();
    await ask('BGREWRITEAOF'); // a file that a rewrite has made
    await until('it is made', () => newestBase() === 2);
    guard.start();
    const fill = (): void => writeFileSync(at('fill'), Buffer.alloc(16 * 2 ** 20));
    expect(fill).toThrow('ENOSPC');
    const text = 'x'.repeat(700);
    const set = (): Promise<string> => ask('SET', `a${process.hrtime.bigint()}`, text);
    await until('a write fails', async () => (await set()).includes('MISCONF'));
    rmSync(at('fill'));
    await until('it writes again', async () => (await set()).includes('+OK\r\n+OK'));
    await looks('the file is written anew', () => newestBase() === 3);
    await ask('SET', 'last', 'kept');
    redis.kill('SIGTERM');
    await once(redis, 'exit');
    const check = ['appendonlydir/appendonly.aof.manifest'];
    expect(execFileSync('redis-check-aof', check, { cwd: dir, encoding: 'utf8' })).toContain('All AOF files');
    await startRedis();
    expect(await ask('GET', 'last')).toContain('kept');
  } finally {
    redis.kill('SIGKILL');
    execFileSync('umount', ['--lazy', dir]);
  }
});
