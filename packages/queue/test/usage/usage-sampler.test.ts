import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { systemClock, type ServerStatus } from '@pinky/protocol';
import { FakeClock, until } from '@pinky/protocol/testing';
import { processGroupOf } from '../../src/usage/process-groups.js';
import { UsageSampler } from '../../src/usage/usage-sampler.js';

const status = (serverId: string, pid?: number): ServerStatus => ({
  serverId,
  game: 'x',
  state: 'up',
  wanted: 'up',
  since: 0,
  isBackingUp: false,
  players: [],
  restarts: 0,
  ...(pid !== undefined && { pid }),
});

it('sums up a game and the processes that it forked, and leaves out servers without a game', async () => {
  const game = spawn('sh', ['-c', 'sleep 60 & sleep 60 & echo ready; wait'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(game.stdout, 'data');
  const pid = game.pid ?? 0;
  const usage = await new UsageSampler(() => [status('a', pid), status('b')], systemClock).latest();
  expect(Object.keys(usage)).toEqual(['a']);
  expect(usage['a']?.memoryBytes).toBeGreaterThan(0);
  expect(processGroupOf(pid)).toBe(pid);
  process.kill(-pid, 'SIGKILL');
  await once(game, 'exit');
});

it('has no figures for a game that is gone', async () => {
  const game = spawn('true', { detached: true, stdio: 'ignore' });
  await once(game, 'exit');
  expect(await new UsageSampler(() => [status('a', game.pid)], systemClock).latest()).toEqual({
    a: { cpuPercent: 0, memoryBytes: 0 },
  });
});

it('leaves nothing open, however many games come and go', async () => {
  const files = new Set<string>();
  const left = (): string[] =>
    readdirSync('/proc/self/fd').flatMap((fd) => linkOf(fd) ?? []).filter((file) => files.has(file));
  let pid: number | undefined;
  const sampler = new UsageSampler(() => [status('a', pid)], systemClock);
  for (let n = 0; n < 5; n++) {
    const game = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
    pid = game.pid;
    files.add(`/proc/${pid}/stat`);
    await Promise.all([sampler.sample(), sampler.sample()]);
    game.kill('SIGKILL');
    await once(game, 'exit');
  }
  expect(left()).toEqual([]);
});

it('says how much CPU a game has used since the look before', async () => {
  const game = spawn('sh', ['-c', 'while :; do :; done'], { detached: true, stdio: 'ignore' });
  const sampler = new UsageSampler(() => [status('a', game.pid)], systemClock);
  await sampler.sample();
  const busy = await until('the game has used some CPU', async () => {
    await sampler.sample();
    return (await sampler.latest())['a']?.cpuPercent;
  });
  expect(busy).toBeGreaterThan(0);
  game.kill('SIGKILL');
  await once(game, 'exit');
});

it('looks at processes only while somebody asks for figures, and for a minute after', async () => {
  const clock = new FakeClock();
  let looks = 0;
  const sampler = new UsageSampler(() => {
    looks += 1;
    return [];
  }, clock);
  const looksIn = async (seconds: number): Promise<number> => {
    const before = looks;
    for (let second = 0; second < seconds; second += 10) {
      await clock.advance(10_000);
      await sampler.keepFresh();
    }
    return looks - before;
  };
  expect(await looksIn(600)).toBe(0);
  await sampler.latest();
  expect(await looksIn(60)).toBe(6);
  expect(await looksIn(600)).toBe(0);
  await sampler.latest();
  await sampler.latest();
  expect(looks).toBe(8);
});

function linkOf(fd: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined; // it was the descriptor of this very look
  }
}

it('looks once for who only passes by, and not again afterwards', async () => {
  const clock = new FakeClock();
  let looks = 0;
  const sampler = new UsageSampler(() => {
    looks += 1;
    return [];
  }, clock);
  await sampler.latest(true);
  await sampler.latest(true);
  expect(looks).toBe(1);
  await clock.advance(30_000);
  await sampler.keepFresh();
  expect(looks).toBe(1);
  await sampler.latest(true);
  expect(looks).toBe(2);
});
