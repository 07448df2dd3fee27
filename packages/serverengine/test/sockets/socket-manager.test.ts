import { once } from 'node:events';
import { createSocket } from 'node:dgram';
import { renameSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { SocketClient, SocketManager } from '@pinky/serverengine';
import { answerOf, kernelSockets, sendDatagrams } from '../../vectors/sockets/socket-setup';
import { SocketWorkerHandle } from '../../vectors/sockets/socket-worker-handle';
import { bundleProgram, scratch } from '../programs/program';

const dir = scratch();
const program = bundleProgram('socket-worker', dir.path, resolve(__dirname, '../../vectors/programs'));
let manager: SocketManager;
let workers: SocketWorkerHandle[] = [];

const startWorker = (): SocketWorkerHandle => {
  const worker = SocketWorkerHandle.start(program, manager);
  workers.push(worker);
  return worker;
};
beforeEach(() => (manager = new SocketManager()));
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.kill()));
  workers = [];
  await manager.close();
});
afterAll(dir.remove);

/** The answer to a connection, or the code of its error. */
const ask = (at: number | string, host = '127.0.0.1'): Promise<string> =>
  answerOf(typeof at === 'string' ? connect(at) : connect(at, host));

/** The status of one HTTP request on a new connection, or the code of its error. */
function get(port: number): Promise<number | string> {
  return new Promise((done) => {
    request({ port, host: '127.0.0.1', agent: false }, (response) => {
      response.resume().once('end', () => done(response.statusCode ?? 0));
    }).once('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message)).end();
  });
}

describe('a port that a manager holds', () => {
  it('is served by several workers, and by the next one after all of them were killed', async () => {
    const address = { protocol: 'tcp', host: '127.0.0.1', port: 0 } as const;
    const pair = [startWorker(), startWorker()];
    const replies = await Promise.all(pair.map((worker) => worker.order({ do: 'listen', address })));
    const port = replies[0]?.ports?.[0] ?? 0;
    expect(replies[1]?.ports).toEqual([port]);
    for (let index = 0; index < 20; index += 1) expect(pair.map(({ pid }) => String(pid))).toContain(await ask(port));
    await Promise.all(pair.map((worker) => worker.kill()));
    const waiting = ask(port);
    const successor = startWorker();
    await successor.order({ do: 'listen', address });
    expect(await waiting).toBe(String(successor.pid));
  });

  it('refuses no request over ten worker restarts under load', async () => {
    const address = { protocol: 'tcp', host: '127.0.0.1', port: 0 } as const;
    const listen = async (): Promise<SocketWorkerHandle> => {
      const worker = startWorker();
      port = (await worker.order({ do: 'listen', address, as: 'http' })).ports?.[0] ?? 0;
      return worker;
    };
    let port = 0;
    const pair = [await listen(), await listen()];
    let isOver = false;
    const answers = new Map<number | string, number>();
    const client = async (): Promise<void> => {
      while (!isOver) {
        const answer = await get(port);
        answers.set(answer, (answers.get(answer) ?? 0) + 1);
      }
    };
    const clients = Array.from({ length: 4 }, client);
    for (let restart = 0; restart < 10; restart += 1) {
      const leaving = pair.shift();
      await leaving?.order({ do: 'close' });
      await leaving?.kill();
      pair.push(await listen());
    }
    isOver = true;
    await Promise.all(clients);
    expect([...answers.keys()]).toEqual([200]);
    expect(answers.get(200)).toBeGreaterThan(100);
  });

  it('is closed by the last of manager and workers', async () => {
    const worker = startWorker();
    const port =
      (await worker.order({ do: 'listen', address: { protocol: 'tcp', host: '127.0.0.1', port: 0 } })).ports?.[0] ?? 0;
    await manager.close();
    expect(await ask(port)).toBe(String(worker.pid));
    await worker.kill();
    expect(await ask(port)).toBe('ECONNREFUSED');
    expect(await startWorker().order({ do: 'listen', address: { protocol: 'tcp', port } })).toMatchObject({
      error: 'connection_lost',
    });
  });
});

describe('other sockets', () => {
  it('uses a socket path again that a killed predecessor left, but replaces no other file', async () => {
    const path = join(dir.path, 'left.sock');
    const left = new SocketManager();
    await left.open({ protocol: 'unix', path });
    const [before, worker] = [SocketWorkerHandle.start(program, left), startWorker()];
    await before.order({ do: 'listen', address: { protocol: 'unix', path } });
    expect(await worker.order({ do: 'listen', address: { protocol: 'unix', path } })).toMatchObject({
      error: 'EADDRINUSE',
    });
    await before.kill();
    await left.close();
    const killed = createServer().listen(path);
    await once(killed, 'listening');
    // Keeps the path, as a kill -9 does: the directory entry outlives the listener.
    const moved = `${path}.kept`;
    renameSync(path, moved);
    killed.close();
    renameSync(moved, path);
    await worker.order({ do: 'listen', address: { protocol: 'unix', path } });
    expect(await ask(path)).toBe(String(worker.pid));
    const file = join(dir.path, 'file');
    writeFileSync(file, 'precious');
    expect(await worker.order({ do: 'listen', address: { protocol: 'unix', path: file } })).toMatchObject({
      error: 'EADDRINUSE',
    });
  });

  it('serves one UDP port by several workers, each datagram once', async () => {
    const address = { protocol: 'udp', host: '127.0.0.1', port: 0 } as const;
    const pair = [startWorker(), startWorker()];
    const [first] = await Promise.all(pair.map((worker) => worker.order({ do: 'listen', address })));
    const client = createSocket('udp4');
    const answers: string[] = [];
    client.on('message', (text) => answers.push(String(text)));
    for (let index = 0; index < 50; index += 1) {
      client.send(`${index}`, first?.ports?.[0] ?? 0, '127.0.0.1');
      await once(client, 'message');
    }
    client.close();
    expect(answers.map((text) => text.split(' ')[1])).toEqual(Array.from({ length: 50 }, (_, index) => String(index)));
  });

  it.each([
    ['::1 and 127.0.0.1', [{ host: '::1' }, { host: '127.0.0.1' }]],
    [':: and 0.0.0.0', [{ host: '::' }, { host: '0.0.0.0' }]],
  ])('keeps IPv6 and IPv4 apart on one port: %s', async (_name, [six, four]) => {
    const [first, second] = [startWorker(), startWorker()];
    const port = (await first.order({ do: 'listen', address: { protocol: 'tcp', port: 0, ...six } })).ports?.[0] ?? 0;
    expect(await second.order({ do: 'listen', address: { protocol: 'tcp', port, ...four } })).toMatchObject({
      ports: [port],
    });
    expect([await ask(port, '::1'), await ask(port)]).toEqual([first.pid, second.pid].map(String));
  });

  it.each([
    ['TCP', 'tcp', '127.0.0.2', '127.0.0.3'],
    ['UDP', 'udp', '127.0.0.2', '127.0.0.3'],
    ['UDP', 'udp', '::', '0.0.0.0'],
    ['UDP', 'udp', '0.0.0.0', '::'],
  ] as const)('serves two addresses with one port apart: %s %s, %s and %s', async (_name, protocol, one, other) => {
    const [first, second] = [startWorker(), startWorker()];
    const { ports } = await first.order({ do: 'listen', address: { protocol, host: one, port: 0 } });
    const port = ports?.[0] ?? 0;
    expect(await second.order({ do: 'listen', address: { protocol, host: other, port } })).toMatchObject({
      ports: [port],
    });
    expect(new Set(kernelSockets(protocol, port).map(({ address }) => address))).toEqual(new Set([one, other]));
  });

  it('takes two spellings of one IPv6 address for one socket', async () => {
    const { port } = await manager.open({ protocol: 'tcp', host: '::1', port: 0 });
    await manager.open({ protocol: 'tcp', host: '0:0:0:0:0:0:0:1', port });
    const worker = startWorker();
    await worker.order({ do: 'listen', address: { protocol: 'tcp', host: '0::1', port } });
    expect([kernelSockets('tcp', port).length, await ask(port, '::1')]).toEqual([1, String(worker.pid)]);
  });

  it.each([
    ['port 70000', { protocol: 'tcp', port: 70_000 }, 'bad_option'],
    ['port -1', { protocol: 'udp', port: -1 }, 'bad_option'],
    ['an unknown protocol', { protocol: 'sctp', port: 1 }, 'bad_option'],
    ['a name that does not resolve', { protocol: 'tcp', host: 'no-such-host.invalid', port: 1 }, /ENOTFOUND|EAI_AGAIN/],
    ['an address of another machine', { protocol: 'tcp', host: '192.0.2.1', port: 0 }, 'EADDRNOTAVAIL'],
    ['a path that is too long', { protocol: 'unix', path: '/'.padEnd(108, 'x') }, 'bad_option'],
  ])('refuses %s', async (_what, address, code) => {
    // The cast stands for a worker written in JavaScript.
    const { error } = await startWorker().order({ do: 'listen', address: address as never });
    expect(error).toMatch(code);
  });

  it('answers the system\'s error where another process has the port, and tries again the next time', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = { protocol: 'tcp', host: '127.0.0.1', port: (other.address() as AddressInfo).port } as const;
    const worker = startWorker();
    expect(await worker.order({ do: 'listen', address })).toMatchObject({ error: 'EADDRINUSE' });
    other.close();
    await once(other, 'close');
    expect(await worker.order({ do: 'listen', address })).toMatchObject({ ports: [address.port] });
  });

  it('says so if there is no parent to ask', async () => {
    const client = new SocketClient({ on: () => undefined, off: () => undefined });
    await expect(client.bindUdp({ port: 1 })).rejects.toMatchObject({ code: 'connection_lost' });
  });

  it('lets a second manager take over the sockets of the first one', async () => {
    const addresses = [
      { protocol: 'tcp', host: '127.0.0.1', port: 0 },
      { protocol: 'udp', host: '127.0.0.1', port: 0 },
    ] as const;
    const second = startWorker();
    const { ports } = await second.order({ do: 'takeOver', addresses });
    expect(ports).toEqual([(await manager.open(addresses[0])).port, (await manager.open(addresses[1])).port]);
  });
});

describe('SERVERENGINE_USE_SOCKET_REUSEPORT', () => {
  const other = new SocketManager();
  afterEach(() => {
    Reflect.deleteProperty(process.env, 'SERVERENGINE_USE_SOCKET_REUSEPORT');
    return other.close();
  });

  it('lets two servers share a port, each with a socket of its own', async () => {
    process.env['SERVERENGINE_USE_SOCKET_REUSEPORT'] = '1';
    const theirs = SocketWorkerHandle.start(program, other);
    workers.push(theirs);
    const ours = startWorker();
    for (const protocol of ['tcp', 'udp'] as const) {
      const listening = await ours.order({ do: 'listen', address: { protocol, host: '127.0.0.1', port: 0 } });
      const port = listening.ports?.[0] ?? 0;
      expect(await theirs.order({ do: 'listen', address: { protocol, host: '127.0.0.1', port } })).toMatchObject({
        ports: [port],
      });
      expect(kernelSockets(protocol, port)).toHaveLength(2);
      const answers = protocol === 'udp' ? await sendDatagrams(20, port) : await Promise.all(
        Array.from({ length: 40 }, () => ask(port)),
      );
      const pids = new Set(answers.map((answer) => Number.parseInt(answer, 10)));
      expect([ours.pid, theirs.pid]).toEqual(expect.arrayContaining([...pids]));
      if (protocol === 'tcp') expect(pids.size).toBe(2);
    }
  });

  it('still answers the system\'s error', async () => {
    process.env['SERVERENGINE_USE_SOCKET_REUSEPORT'] = '1';
    await expect(manager.open({ protocol: 'tcp', host: '192.0.2.1', port: 0 })).rejects.toMatchObject({
      code: 'EADDRNOTAVAIL',
    });
  });
});
