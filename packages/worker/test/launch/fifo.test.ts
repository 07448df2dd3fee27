import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, closeSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFifos, pipeReadBy, StdinPipe } from '../../src/launch/fifo.js';
import { tempDir } from '../temp.js';

describe('the stdin of a game that plays', () => {
  const dir = tempDir();

  it('is found also where somebody has removed its name', async () => {
    const path = join(dir(), 'in');
    makeFifos([path]);
    const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    const game = spawn('head', ['-n1'], { stdio: [fd, 'pipe', 'ignore'] });
    closeSync(fd);
    expect(pipeReadBy(game.pid!, path)).toBe(path);
    rmSync(path);
    makeFifos([path]);
    const stdin = new StdinPipe(pipeReadBy(game.pid!, path));
    expect(stdin.writeLine('hello')).toBe(true);
    const [text] = (await once(game.stdout!, 'data')) as [Buffer];
    expect(text.toString()).toBe('hello\n');
    if (game.exitCode === null) await once(game, 'exit');
    stdin.close();
    expect(pipeReadBy(game.pid!, path)).toBe(path); // it has ended
  });

  it('is the pipe of our name where the game reads that by another program', async () => {
    const path = join(dir(), 'in');
    makeFifos([path]);
    const script = 'sleep 600 | sh -c "echo \\$\\$; exec sleep 600"';
    const both = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
    const [pid] = (await once(both.stdout!, 'data')) as [Buffer];
    expect(pipeReadBy(Number(pid.toString()), path)).toBe(path);
    process.kill(-both.pid!, 'SIGKILL');
    await once(both, 'exit');
  });
});
