import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { boxPaths, serverPaths } from '@pinky/protocol';
import { bootId } from '@pinky/supervisor/identity';
import { cli, startCli } from '../cli-run.js';
import { TalkingBox, upStatus } from '../talking-box.js';

describe('pinky ps', () => {
  let box: TalkingBox;
  const children: ChildProcess[] = [];
  beforeEach(() => { box = new TalkingBox(); });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await box.remove();
  });

  const ps = (...args: string[]) => cli(['ps', '--home', box.home, ...args]);

  it('shows the tree: state, port, players, pids, restarts, cpu and memory, what comes next', async () => {
    const crashed = upStatus('s2', {
      state: 'crashed',
      players: [],
      next: 'starts again',
      nextAt: Date.now() + 86_400_000 + 5_400_000,
      restarts: 3,
    });
    await box.listenAsSupervisor({ ps: () => box.tree([upStatus('s1'), crashed]) });
    await box.listenAsQueue({
      servers: () => [],
      usage: () => ({ s1: { cpuPercent: 12.34, memoryBytes: 3 * 2 ** 20 } }),
    });
    const { code, out } = await ps();
    expect(code).toBe(0);
    const lines = out.replaceAll(String(process.pid), 'PID').split('\n');
    expect(lines[0]).toMatch(/^PROCESS +STATE +PORT +PLAYERS +PID +SINCE +RESTARTS +CPU +MEMORY +NEXT$/);
    expect(lines[1]).toMatch(/^supervisor \[box 1\] +running/);
    expect(lines[2]).toMatch(/^├─ queue +running/);
    expect(lines[3]).toMatch(/^├─ worker s1 \[emberhollow\] +up +10000 +2 +PID +\d+s +2$/);
    expect(lines[4]).toMatch(/^│ {2}└─ game +PID +12\.3% +3 MiB$/);
    const worker = /^└─ worker s2 \[emberhollow\] +crashed +10000 +0 +PID +\d+s +3 +starts again in 1d 1h/;
    expect(lines[5]).toMatch(worker);
  });

  it('says when a process that has ended is started again', async () => {
    const { children, ...tree } = box.tree([upStatus('s1')]) as { children: object[] };
    const pausing = children.map((child) => ({ ...child, pid: undefined, state: 'backingOff', startsInMs: 61_000 }));
    await box.listenAsSupervisor({ ps: () => ({ ...tree, children: pausing }) });
    const { out } = await ps();
    expect(out).toMatch(/queue +backingOff .*0 +starts again in 1m 1s/);
    expect(out).toMatch(/worker s1 .* its worker starts again in 1m 1s/);
  });

  it('does not count players where nobody can know them', async () => {
    const unknown = upStatus('s1', { players: [], arePlayersUnknown: true });
    await box.listenAsSupervisor({ ps: () => box.tree([unknown]) });
    expect((await ps()).out).toMatch(/worker s1 \[emberhollow\] +up +10000 +\? +\d+/);
  });

  it('says that a worker is silent after missed heartbeats, but not between two of them', async () => {
    const heard = async (ageMs: number): Promise<string> => {
      const tree = box.tree([upStatus('s1')]) as { children: { heartbeatAgeMs?: number }[] };
      tree.children[1]!.heartbeatAgeMs = ageMs;
      await box.listenAsSupervisor({ ps: () => tree });
      return (await ps()).out;
    };
    expect(await heard(9_900)).not.toContain('silent'); // the default interval is 10 s
    expect(await heard(31_000)).toMatch(/worker s1 \[emberhollow\] \(silent for 31s\)/);
  });

  it('says of a private Redis whose socket somebody removed that nobody can reach it', async () => {
    const tree = box.tree([]) as { children: object[] };
    const init = { role: 'redis', pid: 1, state: 'running', restarts: 0 }; // a process that has run for long
    await box.listenAsSupervisor({ ps: () => ({ ...tree, children: [...tree.children, init] }) });
    const { redisSocket } = boxPaths(box.home);
    const removed = await ps();
    expect(removed.out).toMatch(/redis-server +socket gone/);
    expect(removed.out + removed.err).toContain(`its socket ${redisSocket} is gone: the supervisor starts it again`);
    mkdirSync(dirname(redisSocket), { recursive: true });
    const server = createServer();
    await new Promise<void>((done) => { server.listen(redisSocket, done); });
    const there = await ps();
    await new Promise((done) => { server.close(done); });
    expect(there.out).toMatch(/redis-server +running/);
    expect(there.out + there.err).not.toContain('is gone');
    mkdirSync(redisSocket);
    expect((await ps()).err).toContain(`move it away: mv ${redisSocket}`);
  });

  it('prints the same as JSON', async () => {
    await box.listenAsSupervisor({ ps: () => box.tree([upStatus('s1')]) });
    const view = JSON.parse((await ps('--json')).out);
    expect(view).toMatchObject({
      box: '1',
      answers: { supervisor: true, queue: false },
      servers: [{ serverId: 's1', state: 'up', port: 10_000, players: ['alice', 'bob'] }],
    });
  });

  it('works with a dead queue, and says so', async () => {
    await box.listenAsSupervisor({ ps: () => box.tree([upStatus('s1')]) });
    const { code, out, err } = await ps();
    expect([code, out.includes('worker s1'), err]).toEqual([
      0,
      true,
      expect.stringContaining('the queue does not answer'),
    ]);
  });

  it('reads CPU and memory of a game and its helpers itself if the queue is dead', async () => {
    const program =
      'for (const end = Date.now() + 100; Date.now() < end;);' +
      'require("node:child_process").spawn("sleep", ["60"]).once("spawn", () => console.log("there"))';
    const game = spawn(process.execPath, ['-e', program], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
    children.push(game);
    await once(game.stdout, 'data');
    await box.listenAsSupervisor({ ps: () => box.tree([upStatus('s1', { pid: game.pid! })]) });
    const [server] = JSON.parse((await ps('--json')).out).servers;
    process.kill(-game.pid!, 'SIGKILL');
    expect(server.cpuPercent).toBeGreaterThan(0);
    expect(server.memoryBytes).toBeGreaterThan(10 * 2 ** 20); // Node has more than that, and sleep less
  });

  const writeIdentity = (stat: string): void => {
    const run = serverPaths(box.servers, 's1').run('r1');
    mkdirSync(run.dir, { recursive: true });
    writeFileSync(run.identity, `${stat.trim()}\n${stat.trim()}\n${bootId()}\n`);
  };

  it('reads files and /proc if only a game is alive', async () => {
    const game = spawn('sleep', ['60']);
    children.push(game);
    mkdirSync(serverPaths(box.servers, 's1').dir, { recursive: true });
    writeFileSync(
      serverPaths(box.servers, 's1').serverJson,
      JSON.stringify({ format: 1, wanted: 'up', port: 10_300, restarts: 0 }),
    );
    writeFileSync(serverPaths(box.servers, 's1').pidFile, String(game.pid));
    writeIdentity(readFileSync(`/proc/${game.pid}/stat`, 'latin1'));
    const { code, out, err } = await ps();
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`worker s1 +unwatched +10300[^]*game +${game.pid}`));
    expect(err).toContain('no supervisor runs');
  });

  it('does not call a process running that has ended, whoever says so', async () => {
    const dead = spawn('true');
    await once(dead, 'exit');
    const tree = box.tree([]) as { children: object[] };
    tree.children = [{ role: 'queue', pid: dead.pid, state: 'running', restarts: 0 }];
    await box.listenAsSupervisor({ ps: () => tree });
    expect(JSON.parse((await ps('--json')).out).processes[1]).toMatchObject({ role: 'queue', state: 'gone' });
  });

  it('does not take another process for the game if the pid file is stale', async () => {
    const stranger = spawn('sleep', ['60']);
    children.push(stranger);
    const fields = readFileSync(`/proc/${stranger.pid}/stat`, 'latin1').split(' ');
    // another start time
    writeIdentity([...fields.slice(0, 21), String(Number(fields[21]) - 1), ...fields.slice(22)].join(' '));
    writeFileSync(serverPaths(box.servers, 's1').pidFile, String(stranger.pid));
    expect(JSON.parse((await ps('--json')).out).servers).toEqual([
      expect.objectContaining({ serverId: 's1', state: 'not running' }),
    ]);
    expect((await cli(['explain', 's1', '--home', box.home])).out).toContain(
      `its pid file names ${stranger.pid}, which is another process now`,
    );
  });

  /** A process of a home with this title. */
  const startTitled = async (title: string, home: string): Promise<ChildProcess> => {
    const program = 'process.title = process.argv[1]; console.log("there"); setInterval(() => {}, 1000)';
    const child = spawn(process.execPath, ['-e', program, title, '-'.repeat(100)], {
      env: { PINKY_HOME: home },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    children.push(child);
    await once(child.stdout!, 'data');
    return child;
  };

  it('names the supervisor of a home that was moved while it runs, as other commands do, and no copy', async () => {
    const before = mkdtempSync(join(tmpdir(), 'pinky-before-'));
    const { pid } = await startTitled('pinky: supervisor [box 1] 2 servers', before);
    const says = `the supervisor of this home (pid ${pid}) runs with the path ${before}`;
    writeFileSync(boxPaths(box.home).supervisorPid, `${pid}\n`);
    expect((await ps()).err).toContain(`${says}, from which the home was moved to ${box.home}; \`kill -KILL ${pid}\``);
    for (const command of ['up', 'down']) {
      expect(await cli([command, '--home', box.home])).toMatchObject({ code: 4, err: expect.stringContaining(says) });
    }
    writeFileSync(boxPaths(before).supervisorPid, `${pid}\n`);
    expect((await ps()).err).not.toContain(says);
    rmSync(before, { recursive: true });
  });

  it('finds a worker that outlived its supervisor by its title, in this home only', async () => {
    const title = 'pinky: worker s7 [emberhollow] up :10000 3 players';
    const own = await startTitled(title, box.home);
    await startTitled(title, `${box.home}-other`);
    const view = JSON.parse((await ps('--json')).out);
    expect(view.servers).toMatchObject([{ serverId: 's7', worker: { pid: own.pid } }]);
  });

  it('exits with 3 if nothing runs', async () => {
    const { code, err } = await ps();
    expect([code, err]).toEqual([3, expect.stringContaining('`pinky up --daemonize` starts it')]);
  });

  it('does not let the name of a player or game control the terminal', async () => {
    await box.listenAsSupervisor({ ps: () => box.tree([upStatus('s1', { game: 'evil\u001b]0;x\u0007game' })]) });
    const { out } = await cli(['ps', '--home', box.home], { isTerminal: true, env: { NO_COLOR: '1' } });
    expect(out).toContain('[evilgame]');
  });

  it('watches on a screen without wrapping or scrolling, however many servers there are', async () => {
    const many = Array.from({ length: 60 }, (_, i) =>
      upStatus(`s${String(i).padStart(2, '0')}`, { next: 'a long way to go '.repeat(20) }),
    );
    await box.listenAsSupervisor({ ps: () => box.tree(many) });
    const watching = startCli(['ps', '--watch', '--home', box.home], { isTerminal: true, env: { NO_COLOR: '1' } });
    await watching.untilOut('more lines');
    watching.interrupt();
    expect(await watching.done).toBe(0);
    const [, picture = ''] = /\u001b\[H([^]*?)\u001b\[J/.exec(watching.out()) ?? [];
    const lines = picture.split('\n').map((line) => line.replace('\u001b[K', ''));
    expect([lines.length, Math.max(...lines.map((line) => line.length))]).toEqual([50, 200]);
    expect(lines[0]).toMatch(/^PROCESS/);
    expect(lines.at(-1)).toMatch(/^note: the queue does not answer/);
  });

  it('redraws until Ctrl-C', async () => {
    await box.listenAsSupervisor();
    const watching = startCli(['ps', '--watch', '--json', '--home', box.home]);
    await watching.untilOut('}\n{');
    watching.interrupt();
    expect(await watching.done).toBe(0);
  });
});
