import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setVersion } from './box/copied-tree';
import { buildCommit, buildOver, commitBefore } from './box/earlier-tree';
import { RealBox } from './box/real-box';
import { until } from '@pinky/protocol/testing';
import { LinePlayer } from './funpacks/line-player';

jest.setTimeout(600_000); // two whole builds, also on a busy machine

/** The last version whose supervisor's program was inside packages/cli. */
const earlier = commitBefore('packages/box/package.json');
const withHistory = earlier === undefined ? it.skip : it;
const reason = earlier === undefined ? ' (skipped: the history of this clone does not reach back to that version)' : '';

const options = 'ports: {first: 21500, step: 7, count: 20}\n';

describe('an upgrade in the folder of the version before the box was a package', () => {
  let dir: string;
  let box: RealBox;
  const players: LinePlayer[] = [];
  beforeEach(() => {
    dir = realpathSync(mkdtempSync(join(tmpdir(), 'pinky-in-place-')));
    for (const name of ['pinky', 'units']) mkdirSync(join(dir, name));
    box = new RealBox(options, join(dir, 'pinky'));
  });
  afterEach(async () => {
    for (const player of players) player.leave();
    await box.end();
    rmSync(dir, { recursive: true, force: true });
  });

  const unit = (): string => readFileSync(join(dir, 'units', 'pinky.service'), 'utf8');
  const lineOf = (text: string, setting: string): string => new RegExp(`^${setting}=(.*)$`, 'm').exec(text)?.[1] ?? '';
  const isOver = (pid: number): boolean => !box.processes().includes(pid);
  const supervisorPid = (): number => Number(box.text('supervisor.pid'));

  /** Does what systemd does with these two lines of a unit, and waits until the box answers. */
  const startBy = async (text: string): Promise<void> => {
    const env = { ...process.env, PINKY_HOME: box.home };
    const line = `${lineOf(text, 'ExecStartPre')} && exec ${lineOf(text, 'ExecStart')}`;
    const log = box.file('start.log');
    spawn('sh', ['-c', `{ ${line}; } >>"$0" 2>&1`, log], {
      env,
      cwd: '/',
      detached: true,
      stdio: 'ignore',
    }).unref();
    await until('the box answers', async () => {
      const { code, answer } = await box.pinky(['ps']);
      return code === 0 && answer.answers.supervisor && answer.answers.queue;
    });
  };
  /** `systemctl restart`: the unit's RestartKillSignal, then its ExecStart. */
  const restartBy = async (text: string): Promise<void> => {
    const pid = supervisorPid();
    process.kill(pid, 'SIGINT');
    await until('the supervisor has left', () => isOver(pid));
    await startBy(text);
  };

  interface Server {
    readonly serverId: string;
    readonly state: string;
    readonly pid: number;
    readonly worker: { readonly pid: number };
  }
  const servers = async (): Promise<readonly Server[]> => (await box.pinky(['ps'])).answer.servers;
  const games = async () => (await servers()).map(({ serverId, state, pid }) => ({ serverId, state, pid }));

  withHistory(`lets all games play on, through a kill, an upgrade and the old unit${reason}`, async () => {
    buildCommit(earlier ?? '', box.tree);
    await box.pinky(['install', '--systemd', '--to', join(dir, 'units')]);
    const oldUnit = unit();
    expect(lineOf(oldUnit, 'ExecStart')).toContain('/packages/cli/dist/box/main.js');
    await startBy(oldUnit);
    let left = 0;
    for (const id of ['a', 'b']) {
      const { answer } = await box.pinky(['start', id, '--funpack', 'emberhollow']);
      const player = new LinePlayer(answer.port, `player-${id}`);
      players.push(player);
      void player.closed.then(() => { left += 1; });
      await player.hears(`Hello player-${id}`); // a visitor without a name is sent away after a while
    }
    const before = await servers();

    buildOver(box.tree);
    setVersion(box.tree, '9.9.9');
    expect(existsSync(join(box.tree, 'packages/cli/dist/box/run-main.js'))).toBe(false); // its source is gone
    // The old supervisor still runs: it starts a worker, and reads its configuration again.
    process.kill(before[0]?.worker.pid ?? 0, 'SIGKILL');
    await until('another worker has the game', async () => {
      const now = (await servers())[0];
      return now?.state === 'up' && now.worker.pid !== before[0]?.worker.pid;
    });
    writeFileSync(box.file('pinky.yml'), `${options}backup: {keep: 3}\n`);
    expect(await box.pinky(['reload'])).toMatchObject({ code: 0 });
    expect(JSON.parse(box.text('effective.json'))).toMatchObject({ backup: { keep: 3 } });

    const old = supervisorPid();
    const { code, answer } = await box.pinky(['upgrade', '--to', join(dir, 'units')]);
    expect([code, answer]).toEqual([
      0,
      expect.objectContaining({
        to: '9.9.9',
        games: before.map(({ serverId, pid }) => ({ serverId, pid, isSame: true })),
        units: [{ path: join(dir, 'units', 'pinky.service'), outcome: 'rewritten' }],
      }),
    ]);
    expect(isOver(old)).toBe(true);
    expect(lineOf(unit(), 'ExecStart')).toContain('/packages/box/dist/program/main.js');

    for (const text of [oldUnit, unit()]) {
      await restartBy(text);
      expect(await games()).toEqual(before.map(({ serverId, pid }) => ({ serverId, state: 'up', pid })));
      expect(await box.pinky(['list', 'a'])).toMatchObject({ code: 0 });
    }
    expect(left).toBe(0);
    expect(await box.pinky(['down'])).toMatchObject({ code: 0 });
    expect(box.processes()).toEqual([]);
  });
});
