import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boxPaths } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { identify, isAlive, type ProcessIdentity } from '@pinky/supervisor/identity';
import { cli, startCli } from '../cli-run.js';
import { bundleProgram } from '../programs/program.js';

describe('pinky up, reload and down', () => {
  let dir: string;
  let home: string;
  let env: NodeJS.ProcessEnv;
  let supervisor: ProcessIdentity | undefined;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'pinky-up-'));
    home = join(dir, 'home');
    env = { PINKY_HOME: home, PINKY_SUPERVISOR: bundleProgram('fake-supervisor', join(dir, 'dist', 'program')) };
    writeFileSync(join(dir, 'package.json'), '{"version":"0.1.0"}');
    supervisor = undefined;
  });
  afterEach(() => {
    if (supervisor && isAlive(supervisor)) process.kill(supervisor.pid, 'SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  });

  const pinky = (...args: string[]) => cli(args, { env });
  const upDaemonized = async (): Promise<void> => {
    mkdirSync(home, { recursive: true });
    writeFileSync(boxPaths(home).isolation, 'none\n'); // nothing is launched here
    const { code, out } = await pinky('up', '--daemonize', '--json');
    expect(code).toBe(0);
    supervisor = identify(Number(JSON.parse(out).pid));
  };
  const killed = async (pid: number): Promise<void> => {
    const victim = identify(pid);
    process.kill(pid, 'SIGKILL');
    await until('it has ended', () => victim === undefined || !isAlive(victim));
  };
  const log = (): string => readFileSync(join(boxPaths(home).logDir, 'supervisor.log'), 'utf8');

  it('returns when the box answers; only the owner can read its configuration', async () => {
    await upDaemonized();
    expect(supervisor && isAlive(supervisor)).toBe(true);
    expect(statSync(home).mode & 0o777).toBe(0o700);
    expect(JSON.parse(readFileSync(boxPaths(home).effectiveConfig, 'utf8'))).toMatchObject({ box: '1', home });
  });

  it('waits no longer for a queue that has failed three times, and says why it did', async () => {
    env['FAKE_QUEUE_FAILS'] = 'yes';
    mkdirSync(home);
    writeFileSync(boxPaths(home).isolation, 'none\n');
    const { code, err } = await pinky('up', '-d');
    const { out } = await pinky('ps', '--json');
    supervisor = identify(JSON.parse(out).processes[0].pid); // it goes on trying
    expect(code).toBe(2);
    expect(err).toBe(
      'pinky: bad_option: the queue cannot start, 3 times by now: junk in it\n' +
        'what to do: remove it; the box tries again by itself, and `pinky down` ends it\n',
    );
  });

  it('says what a supervisor said that could not start, with its code and remedy', async () => {
    env['FAKE_FAILURE'] = 'yes';
    env['FAKE_WORDS'] = 'pinky: no_space: ENOSPC: no space left on device\n  free some disk space';
    mkdirSync(home);
    writeFileSync(boxPaths(home).isolation, 'none\n');
    expect(await pinky('up', '-d')).toMatchObject({
      code: 1,
      err: 'pinky: no_space: the supervisor could not start: ENOSPC: no space left on device\n' +
        'what to do: free some disk space\n',
    });
  });

  it.each([
    ['log', 'is a file, and Pinky needs a folder there', 'misplaced'],
    ['servers', 'is a file, and Pinky needs a folder there', 'misplaced'],
    ['identity', 'does not hold an identity (a UUID)', 'bad_option'],
  ])('starts nothing where %s %s, and doctor says so too', async (name, trouble, code) => {
    mkdirSync(home);
    writeFileSync(boxPaths(home).isolation, 'none\n');
    writeFileSync(join(home, name), 'junk\n');
    expect(await pinky('up', '-d')).toMatchObject({
      code: 2,
      err: expect.stringContaining(`pinky: ${code}: ${join(home, name)} ${trouble}`),
    });
    expect(await pinky('doctor')).toMatchObject({ code: 1, out: expect.stringContaining(trouble) });
    expect(existsSync(boxPaths(home).effectiveConfig)).toBe(false);
  });

  it('accepts MONGO_URL, and says that it is not used', async () => {
    env['MONGO_URL'] = 'mongodb://10.0.2.2:27017/partycloud';
    const { code, out, err } = await pinky('up', '--daemonize');
    supervisor = identify(Number(/pid (\d+)/.exec(out)?.[1]));
    expect([code, err]).toEqual([0, 'note: MONGO_URL is set, and not used: Pinky keeps nothing in MongoDB\n']);
  });

  it('refuses a second supervisor in the same home', async () => {
    await upDaemonized();
    expect(await pinky('up', '-d')).toMatchObject({
      code: 1,
      err: expect.stringMatching(new RegExp(`^pinky: already_running: a supervisor \\(pid ${supervisor?.pid}\\)`)),
    });
  });

  it('names the real state while the socket of a supervisor that runs is gone', async () => {
    await upDaemonized();
    const pid = supervisor?.pid ?? 0;
    process.kill(pid, 'SIGSTOP'); // it does not notice yet
    rmSync(boxPaths(home).supervisorSocket);
    const told = `the supervisor (pid ${pid}) runs, but nobody can reach its socket`;
    const state = expect.stringContaining(told) as string;
    for (const command of ['up', 'down', 'reload']) {
      expect(await pinky(command, ...(command === 'up' ? ['-d'] : []))).toMatchObject({
        code: 4,
        err: expect.stringMatching(/^pinky: socket_gone: /) as string,
      });
    }
    expect(await pinky('ps')).toMatchObject({ code: 0, err: state });
    expect(await pinky('doctor')).toMatchObject({ code: 1, out: state });
    process.kill(pid, 'SIGCONT');
    await until('it is bound again', async () => (await pinky('reload')).code === 0);
    expect((await pinky('up', '-d')).err).toContain('already_running');
  });

  it('names the real state while the socket of a queue that runs is gone', async () => {
    await upDaemonized();
    const isTold = /the queue \(pid \d+\) runs, but nobody can reach its socket .*; it binds it again/;
    await until('ps says so', async () => {
      rmSync(boxPaths(home).queueSocket, { force: true }); // on a busy machine it is bound again before ps looks
      return isTold.test((await pinky('ps')).err);
    });
    rmSync(boxPaths(home).queueSocket, { force: true });
    expect(await pinky('broadcast', 's1', 'hello')).toMatchObject({ code: 0 }); // waits until it is bound again
  });

  it('reports a bad option with its line, and starts nothing', async () => {
    await pinky('doctor');
    const file = join(dir, 'other.yml');
    writeFileSync(file, 'box: a\nlog_levl: info\n');
    expect(await pinky('up', '-d', '--config', file)).toMatchObject({
      code: 2,
      err: expect.stringContaining(
        `pinky: bad_option: ${file}:2: \`log_levl\` is not an option; did you mean \`log_level\`?`,
      ),
    });
    expect(existsSync(home)).toBe(false);
  });

  it('says why a supervisor did not start', async () => {
    env['FAKE_FAILURE'] = 'the moon is full';
    expect(await pinky('up', '-d')).toMatchObject({
      code: 1,
      err: expect.stringContaining('cannot start: the moon is full'),
    });
  });

  it('keeps the Redis of a queue that outlived its supervisor, and says so', async () => {
    expect((await pinky('up', '-d', '--redis', 'tcp:127.0.0.1:7001')).code).toBe(0);
    const pid = Number(JSON.parse((await pinky('ps', '--json')).out).processes[0].pid);
    const queue = spawn(
      process.execPath,
      [
        '-e',
        'process.title = process.argv[1]; console.log("there"); setInterval(() => {}, 1000)',
        'pinky: queue [box 1] pinky-1',
        '-'.repeat(100),
      ],
      { env: { PINKY_HOME: home }, stdio: ['ignore', 'pipe', 'ignore'] },
    );
    try {
      await once(queue.stdout, 'data');
      await killed(pid);
      const { out, err } = await pinky('up', '-d');
      supervisor = identify(Number(/is up \(pid (\d+)\)/.exec(out)?.[1]));
      expect([out, err]).toEqual([
        expect.stringContaining('with your own Redis'),
        expect.stringContaining('`redis` stays what the box runs with'),
      ]);
      expect(JSON.parse(readFileSync(boxPaths(home).effectiveConfig, 'utf8'))).toMatchObject({
        redis: 'tcp:127.0.0.1:7001',
        overrides: { redis: 'tcp:127.0.0.1:7001' },
      });
    } finally {
      queue.kill('SIGKILL');
    }
    await once(queue, 'close');
    await killed(supervisor?.pid ?? 0);
    const { out, err } = await pinky('up', '-d');
    supervisor = identify(Number(/is up \(pid (\d+)\)/.exec(out)?.[1]));
    expect([out, err]).toEqual([
      expect.stringContaining('a private Redis'),
      expect.stringContaining('the box used your own Redis'),
    ]);
  });

  it('returns from down when the supervisor has ended', async () => {
    await upDaemonized();
    expect(await pinky('down')).toMatchObject({ code: 0, out: 'box 1 is down\n' });
    expect(supervisor && isAlive(supervisor)).toBe(false);
    expect(await pinky('down')).toMatchObject({ code: 0, out: 'the box was down already\n' });
  });

  it('says on Ctrl-C that the box continues to stop', async () => {
    env['FAKE_LINGERS'] = '1';
    await upDaemonized();
    const stopping = startCli(['down'], { env });
    await until('the supervisor was asked', () => log().includes('request.shutdown'));
    stopping.interrupt();
    expect(await stopping.done).toBe(130);
    expect(stopping.err()).toContain('the box goes on stopping; `pinky ps --watch` shows its progress');
  });

  it('says what is missing if the private Redis cannot be started', async () => {
    const { code, err } = await cli(['up', '--daemonize', '--home', home], { env: { ...env, PATH: '/nonexistent' } });
    expect([code, err]).toEqual([1, expect.stringContaining('pinky: missing_program: redis-server')]);
  });

  it('says on down --detach how many servers keep running', async () => {
    await upDaemonized();
    expect((await pinky('down', '--detach')).out).toBe(
      'box 1 is detached; 1 server runs on; the next `pinky up` takes over\n',
    );
  });

  it('writes the new configuration and tells the supervisor on reload; a mistake changes nothing', async () => {
    await upDaemonized();
    writeFileSync(boxPaths(home).config, 'backup: {keep: 3}\nbox: other\n');
    const { code, out } = await pinky('reload');
    expect([code, out]).toEqual([0, expect.stringContaining('`box` stays what the box runs with')]);
    expect(JSON.parse(readFileSync(boxPaths(home).effectiveConfig, 'utf8'))).toMatchObject({
      box: '1',
      backup: { keep: 3 },
    });
    expect(log()).toContain('request.reload');
    writeFileSync(boxPaths(home).config, 'backup: {keep: 0}\n');
    expect((await pinky('reload')).code).toBe(2);
    expect(JSON.parse(readFileSync(boxPaths(home).effectiveConfig, 'utf8'))).toMatchObject({ backup: { keep: 3 } });
  });

  it('does not ignore another file in silence', async () => {
    expect(await pinky('reload', '--config', '/elsewhere/pinky.yml')).toMatchObject({
      code: 2,
      err: expect.stringContaining('`pinky up --config`'),
    });
  });

  it('says if there is no box to reload', async () => {
    expect(await pinky('reload')).toMatchObject({
      code: 3,
      err: expect.stringContaining('pinky: supervisor_unreachable: no supervisor runs in'),
    });
  });

  it('shows the logs in the foreground, passes INT on, and ends with the supervisor', async () => {
    const up = startCli(['up'], { env });
    await up.untilOut('supervisor.ready');
    await up.untilOut('is up (pid ');
    supervisor = identify(Number(/is up \(pid (\d+)\)/.exec(up.out())?.[1]));
    up.signal('SIGINT');
    expect(await up.done).toBe(0);
    expect(up.out()).toMatch(/supervisor +info +got\.SIGINT/);
    expect(up.err()).toContain('games keep running');
  });

  it('passes USR2 on in the foreground, and HUP where it has no terminal', async () => {
    const up = startCli(['up'], { env });
    await up.untilOut('is up (pid ');
    supervisor = identify(Number(/is up \(pid (\d+)\)/.exec(up.out())?.[1]));
    up.signal('SIGUSR2');
    await up.untilOut('got.SIGUSR2');
    up.signal('SIGHUP');
    await up.untilOut('got.SIGHUP');
    up.signal('SIGINT');
    expect(await up.done).toBe(0);
    expect(up.err()).toContain('fresh processes take over at once');
  });

  it('passes signals on in the foreground also where the queue fails', async () => {
    const up = startCli(['up'], { env: { ...env, FAKE_QUEUE_FAILS: 'yes' } });
    await up.untilOut('supervisor.ready');
    supervisor = identify(JSON.parse((await pinky('ps', '--json')).out).processes[0].pid);
    await until('it has given up on the queue', () => up.err().includes('the queue cannot start'));
    up.signal('SIGUSR2');
    await up.untilOut('got.SIGUSR2');
    up.signal('SIGINT');
    expect(await up.done).toBe(0);
  });

  it('leaves the box alone when its terminal is closed', async () => {
    const up = startCli(['up'], { env, isTerminal: true });
    await up.untilOut('is up (pid ');
    supervisor = identify(Number(/is up \(pid (\d+)\)/.exec(up.out())?.[1]));
    up.signal('SIGHUP');
    expect(await up.done).toBe(0);
    expect(supervisor && isAlive(supervisor)).toBe(true);
  });
});
