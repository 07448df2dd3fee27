import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { trySignal } from '@pinky/supervisor';
import { compile, FakeBox } from '../fake-box';

beforeAll(compile);

describe('a supervisor and an earlier one', () => {
  let box: FakeBox;
  beforeEach(() => { box = new FakeBox(); });
  afterEach(() => box.end());

  it('ends with already_running and the pid if another supervisor owns the home', async () => {
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

  it('notices at once that an adopted worker has died, and starts another one', async () => {
    await box.up('a');
    box.signal('SIGKILL');
    await box.exit();
    await box.up('a');
    const pid = (await box.pid('a'))!;
    trySignal(pid, 'SIGKILL');
    await box.until(async () => ![undefined, pid].includes(await box.pid('a')));
  });

  it('adopts the owner of a server if the worker that it started finds the server taken', async () => {
    await box.up('a');
    const pid = await box.pid('a');
    box.signal('SIGKILL');
    await box.exit();
    rmSync(join(box.home, 'children.json')); // so it waits for no child
    await box.up('a');
    await box.until(async () => (await box.pid('a')) === pid && (await box.child('a'))?.status !== undefined);
  });

  it('ends an adopted worker that hangs, and starts another one', async () => {
    box.configure({
      worker: {
        heartbeatIntervalMs: 50,
        heartbeatTimeoutMs: 5_000, // a child on a busy machine boots within that
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

  it('releases the ports of servers that no longer exist before it starts a worker', async () => {
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
