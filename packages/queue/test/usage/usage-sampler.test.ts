import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ServerStatus } from '@pinky/protocol';
import { processGroupOf } from '../../src/usage/process-groups.js';
import { UsageSampler } from '../../src/usage/usage-sampler.js';

const status = (serverId: string, pid?: number): ServerStatus => ({ serverId, game: 'x', state: 'up', wanted: 'up', since: 0, isBackingUp: false, players: [], restarts: 0, ...(pid !== undefined && { pid }) });

it('sums up a game and what it has forked, and leaves out servers without a game', async () => {
  const game = spawn('sh', ['-c', 'sleep 60 & sleep 60 & echo ready; wait'], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  await once(game.stdout, 'data');
  const pid = game.pid ?? 0;
  const usage = await new UsageSampler(() => [status('a', pid), status('b')]).latest();
  expect(Object.keys(usage)).toEqual(['a']);
  expect(usage['a']?.memoryBytes).toBeGreaterThan(0);
  expect(processGroupOf(pid)).toBe(pid);
  process.kill(-pid, 'SIGKILL');
  await once(game, 'exit');
});

it('has no figures for a game that is gone', async () => {
  const game = spawn('true', { detached: true, stdio: 'ignore' });
  await once(game, 'exit');
  expect(await new UsageSampler(() => [status('a', game.pid)]).latest()).toEqual({ a: { cpuPercent: 0, memoryBytes: 0 } });
});
