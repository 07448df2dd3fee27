import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, truncateSync, writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
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
/** The events that the guard has logged. */
let said: string[];
/** The process that the guard takes for Redis. */
let pid: number | undefined;
const at = (name: string): string => join(dir, name);
const ask = (...words: string[]): Promise<string> => orderRedis(at('s'), 'secret', words, 2_000);
const newestBase = (): number =>
  Math.max(...readdirSync(at('appendonlydir')).map((name) => Number(/(\d+)\.base/.exec(name)?.[1] ?? 0)));
const pass = async (seconds: number): Promise<void> => {
  for (let second = 0; second < seconds; second++) {
    await clock.advance(1_000);
    await until('the guard rests', () => clock.sleeping > 0);
  }
};
/** The guard looks once a second. */
const looks = (what: string, isSo: () => boolean): Promise<true> => until(what, async () => {
  await clock.advance(1_000);
  return isSo();
});
let startedAgain: Promise<void> | undefined;
const tree = {
  view: () => ({ state: 'running', pid }) as never,
  replace: () => {
    pid = undefined;
    if (redis) startedAgain = startAgain();
  },
};

async function startAgain(): Promise<void> {
  await endRedis('SIGTERM');
  await mendData(dir, { redisServer: 'redis-server', signal: new AbortController().signal });
  await startRedis();
}

async function startRedis(): Promise<void> {
  const words = ['--port', '0', '--unixsocket', at('s'), '--requirepass', 'secret', '--appendonly', 'yes'];
  const unasked = ['--auto-aof-rewrite-percentage', '0', '--save', ''];
  const log = openSync(at('log'), 'a');
  redis = spawn('redis-server', [...words, ...unasked, '--dir', dir], {
    stdio: ['ignore', log, 'ignore'],
    detached: true, // with the fork that writes the file anew
  });
  closeSync(log);
  await until('it is there', async () => (await ask('PING')).includes('PONG'));
  pid = redis.pid;
}
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pinky-aof-'));
  clock = new FakeClock();
  said = [];
  const say = ({ event }: { event: string }): void => void said.push(event);
  const logger = { info: say, warn: say } as never; // it calls nothing else
  guard = new AofGuard({ socketPath: at('s'), password: 'secret', redisDir: dir, tree, logger, clock });
});
afterEach(async () => {
  await guard.stop();
  await startedAgain;
  startedAgain = pid = undefined;
  await endRedis('SIGKILL');
  redis = undefined;
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
});

it('has Redis started again once behind a rewrite, and then never', async () => {
  await startRedis();
  await ask('SET', 'one', 'kept');
  guard.start();
  await pass(3);
  expect(said).toEqual([]);
  await ask('BGREWRITEAOF');
  await looks('it is started again', () => said.length > 0);
  await startedAgain;
  await pass(5);
  expect([said, newestBase()]).toEqual([['redis.started_again'], 2]);
  expect(await ask('GET', 'one')).toContain('kept');
});

it('has a file written anew that has doubled', async () => {
  await startRedis();
  const text = 'x'.repeat(33 * 2 ** 20);
  await ask('SET', 'one', text);
  guard.start();
  await pass(2);
  expect(said).toEqual([]);
  await ask('SET', 'one', text);
  await looks('it is started again', () => said.length > 1);
  await startedAgain;
  await pass(3);
  expect([said, newestBase()]).toEqual([['redis.rewrites', 'redis.started_again'], 2]);
});

/** A Redis of so many bytes that says what the test wants. */
async function pretend(info: () => string): Promise<Server> {
  pid = process.pid;
  writeFileSync(at('appendonly.aof'), '');
  truncateSync(at('appendonly.aof'), 64 * 2 ** 20);
  const server = createServer((socket) => {
    socket.on('data', (order) => socket.end(
      order.includes('INFO') ? `+OK\r\n${info()}` : '+OK\r\n+Background append only file rewriting started\r\n',
    ));
  });
  await new Promise<void>((listening) => { server.listen(at('s'), listening); });
  return server;
}

const persistence = (fields: Record<string, string | number>): string => Object.entries({
  loading: 0, aof_rewrite_in_progress: 0, aof_rewrite_scheduled: 0, aof_last_write_status: 'ok',
  used_memory_dataset: 2 ** 20, aof_current_size: 64 * 2 ** 20, aof_base_size: 0, ...fields,
}).map(([name, value]) => `${name}:${value}\r\n`).join('');

it('orders again after growing pauses until a rewrite is done', async () => {
  let base = 0;
  const server = await pretend(() => persistence({ aof_base_size: base }));
  const orderedAt: number[] = [];
  const from = clock.now();
  const watch = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second++) {
      const before = said.length;
      await pass(1);
      if (said.length > before) orderedAt.push(clock.now() - from);
    }
  };
  guard.start();
  await until('it was ordered', () => said.length === 1 && clock.sleeping > 0);
  await watch(80);
  expect(orderedAt).toEqual([10_000, 30_000, 70_000]);
  base = 33 * 2 ** 20;
  await watch(200);
  expect(orderedAt).toHaveLength(3);
  await new Promise((closed) => { server.close(closed); });
});

it('lets a Redis be that writes its file anew, or whose writes fail', async () => {
  let fields: Record<string, string | number> = { aof_rewrite_in_progress: 1 };
  const server = await pretend(() => persistence(fields));
  mkdirSync(at('appendonlydir'));
  const fd = openSync(at('appendonlydir/appendonly.aof.2.incr.aof'), 'w');
  guard.start();
  await pass(2);
  fields = { aof_last_write_status: 'err' };
  await pass(2);
  expect(said).toEqual([]);
  fields = {};
  await looks('it is started again', () => said.length === 1);
  await startedAgain;
  closeSync(fd);
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

const first = 'first';

/** Redis on a small disk that is full for a while, so that a write comes short in a file that a rewrite has made. */
async function fillDisk(): Promise<void> {
  await startRedis();
  await ask('BGREWRITEAOF');
  await until('it is made', () => newestBase() === 2);
  const text = 'x'.repeat(700);
  const set = (key = `a${process.hrtime.bigint()}`): Promise<string> => ask('SET', key, text);
  await set(first); // the file has a page, so that a write comes short at its end
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

  it('the gap is taken out once writes go well', async () => {
    await fillDisk();
    guard.start();
    await looks('it is started again', () => said.includes('redis.started_again'));
    await startedAgain;
    await ask('SET', 'last', 'kept');
    await endRedis('SIGTERM');
    const check = ['appendonlydir/appendonly.aof.manifest'];
    expect(execFileSync('redis-check-aof', check, { cwd: dir, encoding: 'utf8' })).toContain('All AOF files');
    await startRedis();
    expect(await ask('GET', 'last')).toContain('kept');
    expect(await ask('GET', first)).toContain('xxx');
  });

  it('no rewrite is ordered that has no room', async () => {
    let used_memory_dataset = 16 * 2 ** 20; // INFO calls it so
    let aof_base_size = 0;
    const server = await pretend(() => // the data never rests
      persistence({ used_memory_dataset: used_memory_dataset++, aof_base_size }));
    guard.start();
    await pass(3);
    expect(said).toEqual(['redis.rewrite_waits']);
    aof_base_size = 64 * 2 ** 20; // somebody else had it rewritten
    await pass(2);
    aof_base_size = 0;
    await looks('it is said again', () => said.length > 1);
    expect(said.splice(0, 1)).toEqual(['redis.rewrite_waits']);
    used_memory_dataset = 2 ** 20;
    await looks('it is ordered', () => said.length > 1);
    expect(said).toEqual(['redis.rewrite_waits', 'redis.rewrites']);
    await new Promise((closed) => { server.close(closed); });
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
