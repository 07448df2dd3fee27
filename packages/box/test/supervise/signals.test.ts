import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile, FakeBox } from '../fake-box';

beforeAll(compile);

describe('a signal to the supervisor', () => {
  let box: FakeBox;
  beforeEach(() => { box = new FakeBox(); });
  afterEach(() => box.end());

  it('TERM: the queue accepts no more commands, every game is stopped, then the queue ends', async () => {
    await box.up('a', 'b');
    box.signal('SIGTERM');
    expect(await box.exit()).toBe(0);
    const steps = box.trace().map((l) => l.replace(/ \d+ /, ' '));
    expect(steps.indexOf('queue asked drain')).toBeLessThan(steps.indexOf('worker-a TERM'));
    expect(steps.indexOf('worker-b leaves 0')).toBeLessThan(steps.indexOf('queue TERM'));
    expect(existsSync(join(box.servers, 'a'))).toBe(false);
  });

  it('TERM: if a worker dies instead of stopping its game, the next worker stops it', async () => {
    box.trouble('dies-once', 'worker-a');
    await box.up('a');
    box.signal('SIGTERM');
    expect(await box.exit()).toBe(0);
    expect(box.trace().filter((l) => /^worker-a \d+ TERM/.test(l))).toHaveLength(2);
    expect(existsSync(join(box.servers, 'a'))).toBe(false);
  });

  it('TERM: takes bounded time even if the queue never finishes and a worker ignores the signal', async () => {
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

  it('INT: the queue ends, workers keep running and are adopted by the next supervisor', async () => {
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

  it('USR1: queue and workers are replaced gracefully, one by one', async () => {
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

  it('USR1: if a successor dies in the handoff, the worker stays or a new one takes its place', async () => {
    await box.up('a');
    box.trouble('dies-in-handoff', 'worker-a');
    const pid = await box.pid('a');
    box.signal('SIGUSR1');
    await box.until(async () => (await box.child('a'))?.status !== undefined && (await box.pid('a')) !== pid);
    expect(box.traced(/worker-a \d+ dies/)).toBe(true);
    expect((await box.ps()).children.filter((c) => c.serverId === 'a')).toHaveLength(1);
  });

  it('USR1: if a worker dies while its successor boots, a new one takes its place; USR1 works again', async () => {
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

  it('USR1: a worker that does not listen is ended by HUP', async () => {
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

  it('USR2, or a reload request: the configuration is read again and passed on; a bad one is not', async () => {
    await box.up('a');
    box.configure({ box: 'renamed', version: '2.0.0' });
    box.signal('SIGUSR2');
    await box.until(
      async () =>
        (await box.ps()).box === 'renamed' && box.traced(/worker-a \d+ USR2/) && box.traced(/queue \d+ USR2/),
    );
    writeFileSync(box.paths.effectiveConfig, '{');
    await expect(box.request('reload')).rejects.toThrow();
    // the version is that of the process, whoever wrote the configuration
    expect(await box.ps()).toMatchObject({ box: 'renamed', version: '1.2.3' });
  });

  it('CONT: it dumps and has its children dump', async () => {
    await box.up('a');
    await box.until(async () => (await box.child('queue'))?.heartbeatAgeMs !== undefined);
    box.signal('SIGCONT');
    await box.until(() => box.traced(/supervisor dumped/) && box.traced(/worker-a \d+ CONT/));
  });

  it('may also come as a shutdown request', async () => {
    await box.up('a');
    await expect(box.request('shutdown', { mode: 'gently' })).rejects.toMatchObject({ code: 'bad_command' });
    await box.request('shutdown', { mode: 'immediate' });
    expect(await box.exit()).toBe(0);
    expect(box.traced(/worker-a \d+ QUIT/)).toBe(true);
  });
});
