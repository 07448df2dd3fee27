import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { identify } from '@pinky/supervisor/identity';
import { signalGroup } from '../../src/launch/remains.js';

describe('a signal to a game', () => {
  const children: ChildProcess[] = [];
  afterEach(() => { for (const child of children.splice(0)) child.kill('SIGKILL'); });

  const sleeping = (detached: boolean): ChildProcess => {
    const child = spawn('sleep', ['600'], { stdio: 'ignore', detached });
    children.push(child);
    return child;
  };

  it.each([
    ['leads a group', true],
    ['does not lead one yet: its wrapper has only just said who it is', false],
  ])('reaches one that %s', async (_, isLeader) => {
    const child = sleeping(isLeader);
    const game = identify(child.pid ?? 0);
    if (!game) throw new Error('it does not run');
    const exited = once(child, 'exit');
    expect(signalGroup(game, 'SIGTERM')).toBe(true);
    expect(await exited).toEqual([null, 'SIGTERM']);
    expect(signalGroup(game, 'SIGTERM')).toBe(false);
  });

  it('does not reach another process that has its number now', async () => {
    const child = sleeping(false);
    const game = identify(child.pid ?? 0);
    if (!game) throw new Error('it does not run');
    expect(signalGroup({ ...game, startTime: `${Number(game.startTime) - 1}` }, 'SIGTERM')).toBe(false);
    expect(child.exitCode).toBeNull();
  });
});
