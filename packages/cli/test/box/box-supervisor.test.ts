import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { identify, trySignal } from '@pinky/supervisor';
import { compile, FakeBox } from './fake-box';

beforeAll(compile);

describe('the supervisor of a box', () => {
  let box: FakeBox;
  beforeEach(() => { box = new FakeBox(); });
  afterEach(() => box.end());

  describe('keeps its children', () => {
    it('starts the queue and a worker for each server that exists, and tells of them', async () => {
      await box.up('a', 'b');
      const { children, ...about } = await box.ps();
      expect(about).toMatchObject({ box: 'test', version: '1.2.3', pid: box.supervisor!.pid, phase: 'running' });
      expect(children.map((c) => c.serverId ?? c.role).sort()).toEqual(['a', 'b', 'queue']);
      expect(children.find((c) => c.serverId === 'a')).toMatchObject({
        role: 'worker',
        state: 'running',
        restarts: 0,
        status: { players: ['eve'] },
        heartbeatAgeMs: expect.any(Number),
      });
      expect(readFileSync(`/proc/${box.supervisor!.pid}/cmdline`, 'utf8')).toContain(
        'pinky: supervisor [box test] 2 servers',
      );
    });

    it('starts a worker on request, once, and refuses a bad id', async () => {
      await box.up();
      const first = await box.request('ensureWorker', { serverId: 'new' });
      expect(first).toEqual({ pid: expect.any(Number) });
      expect(await box.request('ensureWorker', { serverId: 'new' })).toEqual(first);
      await expect(box.request('ensureWorker', { serverId: '../../etc' })).rejects.toMatchObject({
        code: 'bad_server_id',
      });
      await expect(box.request('dance')).rejects.toMatchObject({ code: 'unsupported' });
    });

    it('starts a killed worker and a killed queue again', async () => {
      await box.up('a');
      const before = [await box.pid('a'), await box.pid('queue')];
      for (const pid of before) trySignal(pid!, 'SIGKILL');
      await box.until(async () => {
        const [worker, queue] = [await box.child('a'), await box.child('queue')];
        return !!worker?.status && !!queue?.pid && !before.includes(worker.pid) && !before.includes(queue.pid);
      });
      expect(await box.child('a')).toMatchObject({ restarts: 1 });
    });

    it('forgets a worker whose server is done', async () => {
      await box.up('a', 'b');
      trySignal((await box.pid('a'))!, 'SIGTERM');
      await box.until(async () => (await box.child('a')) === undefined);
      expect(await box.pid('b')).toBeDefined();
    });

    it('goes on trying with a worker that crashes again and again, slowly', async () => {
      box.trouble('crash', 'worker-a');
      mkdirSync(join(box.servers, 'a'));
      await box.up();
      await box.until(() => box.log().includes('child.crash_loop'));
      rmSync(join(box.home, 'crash-worker-a'));
      await box.until(async () => (await box.child('a'))?.status !== undefined);
    });

    it('ends a worker that hangs without harm to its game, and starts another one', async () => {
      box.configure({
        worker: {
          heartbeatIntervalMs: 50,
          heartbeatTimeoutMs: 700,
          gracefulKillTimeoutMs: 1_000,
          immediateKillTimeoutMs: 100,
        },
      });
      box.trouble('hangs', 'worker-a');
      await box.up('a');
      const pid = await box.pid('a');
      await box.until(async () => ![undefined, pid].includes(await box.pid('a')));
      expect(box.log()).toContain('child.stalled');
      expect(box.traced(/worker-a \d+ (TERM|QUIT)/)).toBe(false);
    });
  });

  describe('gives way to nobody and takes over what lives', () => {
    it('ends with already_running, naming the pid, where another supervisor owns the home', async () => {
      await box.up();
      const first = box.supervisor!;
      const second = box.spawn();
      let said = '';
      second.stderr!.on('data', (chunk) => { said += chunk; });
      expect(await box.exit(second)).toBe(4);
      expect(said).toMatch(new RegExp(`already_running: .*pid ${first.pid} `));
      box.supervisor = first;
      expect((await box.ps()).pid).toBe(first.pid);
    });

    it('adopts queue and workers that outlived a killed supervisor', async () => {
      await box.up('a');
      const before = [await box.pid('a'), await box.pid('queue')];
      box.signal('SIGKILL');
      await box.exit();
      await box.up('a');
      expect([await box.pid('a'), await box.pid('queue')]).toEqual(before);
      expect(box.trace().filter((l) => l.endsWith('started'))).toHaveLength(2);
    });

    it('sees the death of an adopted worker at once, and starts another one', async () => {
      await box.up('a');
      box.signal('SIGKILL');
      await box.exit();
      await box.up('a');
      const pid = (await box.pid('a'))!;
      trySignal(pid, 'SIGKILL');
      await box.until(async () => ![undefined, pid].includes(await box.pid('a')));
    });

    it('adopts the owner where the worker that it started finds the server owned', async () => {
      await box.up('a');
      const pid = await box.pid('a');
      box.signal('SIGKILL');
      await box.exit();
      rmSync(join(box.home, 'children.json')); // so nobody is waited for
      await box.up('a');
      await box.until(async () => (await box.pid('a')) === pid && (await box.child('a'))?.status !== undefined);
    });

    it('ends an adopted worker that hangs, and starts another one', async () => {
      box.configure({
        worker: {
          heartbeatIntervalMs: 50,
          heartbeatTimeoutMs: 1_500,
          gracefulKillTimeoutMs: 1_000,
          immediateKillTimeoutMs: 100,
        },
      });
      await box.up('a');
      const pid = (await box.pid('a'))!;
      box.signal('SIGKILL');
      await box.exit();
      await box.up('a');
      trySignal(pid, 'SIGSTOP');
      await box.until(async () => ![undefined, pid].includes(await box.pid('a')));
    });

    it('gives back the ports of servers that are gone before it starts a worker', async () => {
      mkdirSync(box.paths.ports, { recursive: true });
      writeFileSync(join(box.paths.ports, '10000'), 'a\n');
      writeFileSync(join(box.paths.ports, '10100'), 'gone\n');
      await box.up('a');
      expect([existsSync(join(box.paths.ports, '10000')), existsSync(join(box.paths.ports, '10100'))]).toEqual([
        true,
        false,
      ]);
    });

    it('survives strangers on its socket', async () => {
      await box.up('a');
      for (const bytes of [
        'GET / HTTP/1.1\r\n\r\n',
        '\x64\0\0\0\x01\0\0\0\xc1',
        '\x64\0\0\0\xff\xff\xff\xff',
        '\x08\0\0\0\x01\0\0\0\xc0',
      ]) {
        const socket = connect(box.paths.supervisorSocket);
        socket.on('error', () => undefined);
        await new Promise<void>((resolve) => socket.write(Buffer.from(bytes, 'latin1'), () => resolve()));
        socket.destroy();
      }
      expect((await box.child('a'))?.status).toBeDefined();
    });
  });

  describe('obeys its signals', () => {
    it('TERM: the queue takes no more, every game is stopped, then the queue ends', async () => {
      await box.up('a', 'b');
      box.signal('SIGTERM');
      expect(await box.exit()).toBe(0);
      const steps = box.trace().map((l) => l.replace(/ \d+ /, ' '));
      expect(steps.indexOf('queue asked drain')).toBeLessThan(steps.indexOf('worker-a TERM'));
      expect(steps.indexOf('worker-b leaves 0')).toBeLessThan(steps.indexOf('queue TERM'));
      expect(existsSync(join(box.servers, 'a'))).toBe(false);
    });

    it('TERM: a worker that dies instead of stopping its game has a successor that stops it', async () => {
      box.trouble('dies-once', 'worker-a');
      await box.up('a');
      box.signal('SIGTERM');
      expect(await box.exit()).toBe(0);
      expect(box.trace().filter((l) => /^worker-a \d+ TERM/.test(l))).toHaveLength(2);
      expect(existsSync(join(box.servers, 'a'))).toBe(false);
    });

    it('TERM: ends in bounded time also with a queue that never finishes and a worker that ignores it', async () => {
      box.configure({
        worker: {
          heartbeatIntervalMs: 50,
          heartbeatTimeoutMs: 20_000,
          gracefulKillTimeoutMs: 300,
          immediateKillTimeoutMs: 300,
        },
      });
      box.trouble('slow-drain', 'queue');
      box.trouble('stubborn', 'worker-a');
      await box.up('a');
      box.signal('SIGTERM');
      expect(await box.exit()).toBe(0);
      expect(box.traced(/worker-a \d+ QUIT/)).toBe(true);
    });

    it('QUIT after TERM acts at once', async () => {
      box.trouble('stubborn', 'worker-a');
      await box.up('a');
      box.signal('SIGTERM');
      await box.until(() => box.traced(/worker-a \d+ TERM/));
      box.signal('SIGQUIT');
      expect(await box.exit()).toBe(0);
      expect(box.traced(/worker-a \d+ QUIT/)).toBe(true);
    });

    it('INT: the queue ends, workers live on and are adopted by the next supervisor', async () => {
      await box.up('a');
      const pid = await box.pid('a');
      box.signal('SIGINT');
      expect(await box.exit()).toBe(0);
      expect(box.traced(/queue \d+ TERM/)).toBe(true);
      await box.up('a');
      expect(await box.pid('a')).toBe(pid);
    });

    it('TERM after INT stops the games after all', async () => {
      box.trouble('stubborn', 'queue');
      box.configure({
        worker: {
          heartbeatIntervalMs: 50,
          heartbeatTimeoutMs: 20_000,
          gracefulKillTimeoutMs: 2_000,
          immediateKillTimeoutMs: 300,
        },
      });
      await box.up('a');
      box.signal('SIGINT');
      await box.until(() => box.traced(/queue \d+ TERM/));
      box.signal('SIGTERM');
      expect(await box.exit()).toBe(0);
      expect(box.traced(/worker-a \d+ TERM/)).toBe(true);
      expect(existsSync(join(box.servers, 'a'))).toBe(false);
    });

    it('USR1: queue and workers are replaced one by one, politely', async () => {
      await box.up('a', 'b');
      const before = [await box.pid('queue'), await box.pid('a'), await box.pid('b')];
      box.signal('SIGUSR1');
      await box.until(async () => {
        const { children } = await box.ps();
        return (
          children.length === 3 && children.every((c) => !before.includes(c.pid) && (c.role === 'queue' || c.status))
        );
      });
      await box.until(() => box.traced(/worker-b \d+ leaves 3/));
      const steps = box.trace().map((l) => l.replace(/ \d+ /, ' ')).slice(3);
      expect(steps.filter((l) => l.startsWith('queue') && /leaves|started/.test(l))).toEqual([
        'queue leaves 3',
        'queue started',
      ]);
      const handoff = (name: string): string[] =>
        ['boots', 'hands over', 'resumes run 7', 'started', 'leaves 3'].map((step) => `${name} ${step}`);
      expect(steps.filter((l) => l.startsWith('worker'))).toEqual([...handoff('worker-a'), ...handoff('worker-b')]);
    });

    it('USR1: a successor that dies in the handoff costs nothing: the worker stays, or a fresh one takes its ' +
      'place', async () => {
      await box.up('a');
      box.trouble('dies-in-handoff', 'worker-a');
      const pid = await box.pid('a');
      box.signal('SIGUSR1');
      await box.until(async () => (await box.child('a'))?.status !== undefined && (await box.pid('a')) !== pid);
      expect(box.traced(/worker-a \d+ dies/)).toBe(true);
      expect((await box.ps()).children.filter((c) => c.serverId === 'a')).toHaveLength(1);
    });

    it('USR1: a worker that dies while its successor boots has a fresh one in its place, and the next USR1 is ' +
      'obeyed', async () => {
      await box.up('a');
      box.trouble('slow-boot', 'worker-a');
      const pid = await box.pid('a');
      box.signal('SIGUSR1');
      await box.until(() => box.traced(/worker-a \d+ boots/));
      process.kill(pid!, 'SIGKILL');
      box.noTrouble('slow-boot', 'worker-a');
      const isAnother = async (than: number | undefined): Promise<boolean> =>
        (await box.child('a'))?.status !== undefined && (await box.pid('a')) !== than;
      await box.until(() => isAnother(pid));
      const fresh = await box.pid('a');
      box.signal('SIGUSR1');
      await box.until(() => isAnother(fresh));
    });

    it('USR1: a worker that does not listen is replaced by HUP in the end', async () => {
      box.configure({
        worker: {
          heartbeatIntervalMs: 50,
          heartbeatTimeoutMs: 20_000,
          gracefulKillTimeoutMs: 200,
          immediateKillTimeoutMs: 2_000,
        },
      });
      box.trouble('deaf', 'worker-a');
      await box.up('a');
      const pid = await box.pid('a');
      box.signal('SIGUSR1');
      await box.until(async () => (await box.child('a'))?.status !== undefined && (await box.pid('a')) !== pid);
    });

    it('HUP: queue and workers are replaced at once', async () => {
      await box.up('a', 'b');
      const before = (await box.ps()).children.map((c) => c.pid);
      box.signal('SIGHUP');
      await box.until(async () => {
        const { children } = await box.ps();
        return (
          children.length === 3 &&
          children.every((c) => c.pid !== undefined && !before.includes(c.pid) && (c.role === 'queue' || c.status))
        );
      });
      expect(box.traced(/worker-[ab] \d+ (TERM|QUIT)/)).toBe(false);
    });

    it('USR2 and the reload request: the configuration is read anew and passed on; a bad one changes ' +
      'nothing', async () => {
      await box.up('a');
      box.configure({ version: '2.0.0' });
      box.signal('SIGUSR2');
      await box.until(
        async () =>
          (await box.ps()).version === '2.0.0' && box.traced(/worker-a \d+ USR2/) && box.traced(/queue \d+ USR2/),
      );
      writeFileSync(box.paths.effectiveConfig, '{');
      await expect(box.request('reload')).rejects.toThrow();
      expect((await box.ps()).version).toBe('2.0.0');
    });

    it('CONT: it dumps and has its children dump', async () => {
      await box.up('a');
      await box.until(async () => (await box.child('queue'))?.heartbeatAgeMs !== undefined);
      box.signal('SIGCONT');
      await box.until(() => box.traced(/supervisor dumped/) && box.traced(/worker-a \d+ CONT/));
    });

    it('obeys a shutdown request as the signal that it stands for', async () => {
      await box.up('a');
      await expect(box.request('shutdown', { mode: 'gently' })).rejects.toMatchObject({ code: 'bad_command' });
      await box.request('shutdown', { mode: 'immediate' });
      expect(await box.exit()).toBe(0);
      expect(box.traced(/worker-a \d+ QUIT/)).toBe(true);
    });
  });

  describe('with a private Redis', () => {
    beforeEach(() => box.configure({ redis: undefined, redisPassword: 'p"a\\ss word' } as never));

    const ping = async (): Promise<string> => {
      const socket = connect(box.paths.redisSocket);
      socket.write(`*2\r\n$4\r\nAUTH\r\n$11\r\np"a\\ss word\r\n*1\r\n$4\r\nPING\r\n`);
      const answer = await new Promise<string>((resolve, reject) => {
        let text = '';
        socket.on('error', reject);
        socket.on('close', () => resolve(text)); // a server that dies takes the connection with it
        // an error too: LOADING, while it reads its file
        socket.on('data', (chunk) => { text += chunk.toString(); if (/PONG|^-/m.test(text)) resolve(text); });
      });
      socket.destroy();
      return answer;
    };

    it('starts it behind its password, lets it live through a kill, adopts it, and restarts it when it ' +
      'dies', async () => {
      await box.up();
      await box.until(async () => (await ping()) === '+OK\r\n+PONG\r\n');
      const pid = (await box.pid('redis'))!;
      box.signal('SIGKILL');
      await box.exit();
      await box.up();
      expect(await box.pid('redis')).toBe(pid);
      trySignal(pid, 'SIGKILL');
      await box.until(
        async () => ![undefined, pid].includes(await box.pid('redis')) && (await ping()).includes('PONG'),
      );
    });

    it('ends it after everything else on TERM, and leaves it on INT', async () => {
      await box.up();
      await box.until(async () => (await ping()).includes('PONG'));
      const pid = (await box.pid('redis'))!;
      box.signal('SIGINT');
      expect(await box.exit()).toBe(0);
      expect((await ping())).toContain('PONG');
      await box.up();
      expect(await box.pid('redis')).toBe(pid);
      box.signal('SIGTERM');
      expect(await box.exit()).toBe(0);
      expect(identify(pid)).toBeUndefined();
    });
  });

  it('lives on where its log cannot be written', async () => {
    mkdirSync(box.paths.logDir, { recursive: true });
    const full = spawn('ln', ['-s', '/dev/full', join(box.paths.logDir, 'supervisor.log')]);
    await new Promise((resolve) => full.once('exit', resolve));
    await box.up('a');
    expect((await box.child('a'))?.status).toBeDefined();
  });
});
