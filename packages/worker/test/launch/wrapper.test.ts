import { mkdirSync, readFileSync } from 'node:fs';
import { serverPaths, systemClock } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import type { ExitStatus } from '../../src/launch/exit-status.js';
import { makeFifos } from '../../src/launch/fifo.js';
import { GameProcess } from '../../src/launch/game-process.js';
import { spawnWrapper, type LaunchOrder } from '../../src/launch/wrapper.js';
import { tempDir } from '../temp.js';

describe('the console of a run', () => {
  const dir = tempDir();

  /** Launches, and waits for the end. Answers that, and the console. */
  async function launch(order: Partial<LaunchOrder>): Promise<[ExitStatus | undefined, string]> {
    const server = serverPaths(dir(), 'one');
    const run = server.run('1700000000000-abcd');
    mkdirSync(run.dir, { recursive: true });
    makeFifos([server.pipeStdin, server.pipeAlive]);
    const ends: ExitStatus[] = [];
    const game = GameProcess.awaitLaunch({
      run,
      pipeAlive: server.pipeAlive,
      datafile: server.datafile,
      clock: systemClock,
      onLaunched: () => undefined,
      onExit: (status) => void ends.push(status),
    });
    await spawnWrapper({
      run,
      pidFile: server.pidFile,
      pipeStdin: server.pipeStdin,
      pipeAlive: server.pipeAlive,
      command: ['true'],
      cwd: dir(),
      env: { PATH: process.env['PATH'] ?? '' },
      openFiles: 1_024,
      ...order,
    });
    await until('it has ended', () => ends.length > 0);
    game.close();
    return [ends[0], readFileSync(run.console, 'utf8')];
  }

  it('has the reason of a wrapper that cannot launch its game', async () => {
    const [end, console] = await launch({ mounts: '/nowhere', unshared: ['--no-such-option'] });
    expect(end).toEqual({ neverRan: true });
    expect(console).toContain('no-such-option');
  });

  it('has nothing that its game did not say, also where that was killed', async () => {
    const [end, console] = await launch({ command: ['sh', '-c', 'echo hello; kill -9 $$'] });
    expect([end, console]).toEqual([{ signal: 'SIGKILL' }, 'hello\n']);
  });
});
