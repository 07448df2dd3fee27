import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boxPaths } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { identify, isAlive } from '@pinky/supervisor/identity';
import { assertBuilt, root } from '../box/real-box';

/** `pinky funpack run`, as a person runs it who makes a funpack. */
describe('a funpack that is tried on a box of its own', () => {
  let dir: string;
  beforeEach(() => {
    assertBuilt();
    dir = mkdtempSync(join(tmpdir(), 'pinky-tried-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  /** Starts the command. Its box is below `dir`. */
  const pinky = (...args: string[]) => {
    const env = { ...process.env, TMPDIR: dir, PINKY_HOME: join(dir, 'home'), BACKUPS: join(dir, 'of-another-box') };
    const child = spawn(process.execPath, [join(root, 'packages/cli/bin/pinky'), ...args], { cwd: dir, env });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { said += chunk; });
    const ended = once(child, 'close').then(([code]) => code as number);
    return { child, ended, said: () => said };
  };
  const left = () => readdirSync(dir).filter((name) => name !== 'mine');

  it('is shown with its events, hears what is typed, and leaves nothing', async () => {
    expect(await pinky('funpack', 'new', 'mine').ended).toBe(0);
    const { child, ended, said } = pinky('funpack', 'run', './mine', '--set', 'motd=hello', '--port', '28990');
    await until('the game is up', () => said().includes('run is up on port 28990'));
    child.stdin.write('<ann> hello all\n');
    await until('the game has heard it', () => said().includes('heard: <ann> hello all'));
    child.stdin.end('ann came in\n');
    expect(await ended).toBe(0);
    expect(said()).toContain('ready on port 28990');
    expect(left()).toEqual([]);
  });

  it('is told why it does not start, and leaves nothing either', async () => {
    expect(await pinky('funpack', 'new', 'mine').ended).toBe(0);
    const { child, ended, said } = pinky('funpack', 'run', './mine', '--set', 'mood=bad');
    child.stdin.end();
    expect(await ended).toBe(1);
    expect(said()).toMatch(/bad_settings: .*mood/);
    expect(left()).toEqual([]);
  });

  it('ends with the terminal, and stops its game first', async () => {
    expect(await pinky('funpack', 'new', 'mine', '--form', 'program').ended).toBe(0);
    const { child, ended, said } = pinky('funpack', 'run', './mine');
    await until('the game is up', () => said().includes('run is up on port'));
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(said()).toContain('"event":"stopping"');
    expect(left()).toEqual([]);
  });

  it.each([
    ['is killed', (child: ChildProcess) => void child.kill('SIGKILL')],
    ['is asked to quit', (child: ChildProcess) => void child.kill('SIGQUIT')],
    ['has lost its reader', (child: ChildProcess) => {
      child.stdout?.destroy();
      child.stdin?.write('<ann> hello all\n');
    }],
  ])('leaves nothing where the command %s', async (_what, ends) => {
    expect(await pinky('funpack', 'new', 'mine').ended).toBe(0);
    const { child, said } = pinky('funpack', 'run', './mine');
    await until('the game is up', () => said().includes('run is up on port'));
    const home = left().find((name) => name.startsWith('pinky-run-')) ?? '';
    const supervisor = identify(Number(readFileSync(boxPaths(join(dir, home)).supervisorPid, 'utf8')));
    expect(supervisor && isAlive(supervisor)).toBe(true);
    ends(child);
    await until('the home is gone', () => left().length === 0);
    expect(supervisor && isAlive(supervisor)).toBe(false);
  });
});
