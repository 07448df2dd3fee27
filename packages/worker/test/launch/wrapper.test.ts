import { mkdirSync, readFileSync } from 'node:fs';
import { serverPaths, systemClock } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import type { ExitStatus } from '../../src/launch/exit-status.js';
import { makeFifos } from '../../src/launch/fifo.js';
import { GameProcess } from '../../src/launch/game-process.js';
import { spawnWrapper } from '../../src/launch/wrapper.js';
import { tempDir } from '../temp.js';

describe('a wrapper that cannot launch its game', () => {
  const dir = tempDir();

  it('leaves its reason in the console', async () => {
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
      mounts: '/nowhere',
      unshared: ['--no-such-option'],
    });
    await until('it has ended', () => ends.length > 0);
    expect(ends).toEqual([{ neverRan: true }]);
    expect(readFileSync(run.console, 'utf8')).toContain('no-such-option');
    game.close();
  });
});
