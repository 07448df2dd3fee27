import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addressKey, resolveAddress } from '../../src/sockets/listen-address';
import { serverSockets } from '../../src/sockets/server-sockets';
import { SocketManager } from '../../src/sockets/socket-manager';

let dir: string;
let manager: SocketManager;
let open: (Server | Socket)[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sockets-'));
  manager = new SocketManager();
});
afterEach(async () => {
  for (const one of open.splice(0)) one.close();
  open = [];
  await manager.close();
  rmSync(dir, { recursive: true, force: true });
});

const server = (): Server => {
  const made = createServer((socket) => socket.end('hello'));
  open.push(made);
  return made;
};
const sockets = (): ReturnType<typeof serverSockets> => serverSockets(manager);

const bad = [
  ['an unknown protocol', { protocol: 'sctp', port: 0 }],
  ['no port', { protocol: 'tcp' }],
  ['a port that is no number', { protocol: 'tcp', port: 'x' }],
  ['no path', { protocol: 'unix' }],
  ['a path with a NUL', { protocol: 'unix', path: 'a\0b' }],
  ['an empty host', { protocol: 'tcp', host: '', port: 0 }],
  ['a host that is a number', { protocol: 'tcp', host: 5, port: 0 }],
] as const;

describe('an address', () => {
  it.each(bad)('with %s is refused, by the manager and by an embedded worker\'s server', async (_what, address) => {
    const refusal = { code: 'bad_option' };
    await expect(manager.open(address as never)).rejects.toMatchObject(refusal);
    await expect(sockets().listen(server(), address as never)).rejects.toMatchObject(refusal);
  });

  it.each([
    [{ port: 1 }, 'tcp 0.0.0.0 1'],
    [{ host: null, port: 1 }, 'tcp 0.0.0.0 1'],
    [{ host: 'FE80:0::1%eth0', port: 1 }, 'tcp fe80::1%eth0 1'],
    [{ host: '::ffff:127.0.0.1', port: 1 }, 'tcp 127.0.0.1 1'],
    [{ host: '::ffff:7f00:1', port: 1 }, 'tcp 127.0.0.1 1'],
  ])('%j is %s', async (given, key) => {
    expect(addressKey(await resolveAddress({ protocol: 'tcp', ...given } as never))).toBe(key);
  });

  it('of a Unix socket is one in all its spellings', async () => {
    const [one, other] = ['a.sock', './../' + dir.split('/').at(-1) + '/a.sock'].map((name) => join(dir, name));
    expect(addressKey({ protocol: 'unix', path: `${dir}/./a.sock` })).toBe(addressKey({
      protocol: 'unix',
      path: one ?? '',
    }));
    await manager.open({ protocol: 'unix', path: one ?? '' });
    await manager.open({ protocol: 'unix', path: other ?? '' });
  });

  it('with a zone, and one that wraps IPv4, can be opened', async () => {
    await manager.open({ protocol: 'tcp', host: '::1%lo', port: 0 });
    await manager.open({ protocol: 'tcp', host: '::ffff:127.0.0.1', port: 0 });
    await manager.open({ protocol: 'udp', host: '::ffff:127.0.0.1', port: 0 });
  });
});

describe('an embedded worker', () => {
  it('has 0.0.0.0 by default, and :: beside it', async () => {
    const { host, port } = await sockets().listen(server(), { protocol: 'tcp', port: 0 });
    expect(host).toBe('0.0.0.0');
    await sockets().listen(server(), { protocol: 'tcp', host: '::', port });
    const first = await sockets().bindUdp({ port: 0 });
    open.push(first, await sockets().bindUdp({ host: '::', port: first.address().port }));
    expect(first.address().address).toBe('0.0.0.0');
  });

  it('refuses a bad UDP port', async () => {
    await expect(sockets().bindUdp({ port: 'x' as never })).rejects.toMatchObject({ code: 'bad_option' });
  });

  it('uses a socket path again that was left behind', async () => {
    const path = join(dir, 'left.sock');
    const killed = createServer().listen(path);
    await once(killed, 'listening');
    renameSync(path, `${path}.kept`); // as a kill -9 leaves it
    killed.close();
    renameSync(`${path}.kept`, path);
    await sockets().listen(server(), { protocol: 'unix', path });
    const client = connect(path);
    expect(String((await once(client, 'data'))[0])).toBe('hello');
    expect(existsSync(path)).toBe(true);
  });
});

it('the look whether a socket path is served leaves no error to its server', async () => {
  const path = join(dir, 'served.sock');
  const asked = createServer((socket) => socket.write('hello', () => socket.write('more')));
  open.push(asked.listen(path));
  await once(asked, 'listening');
  const arrived = once(asked, 'connection');
  await expect(manager.open({ protocol: 'unix', path })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  const [socket] = await arrived;
  expect(await once(socket, 'close')).toEqual([false]); // no error: it would have ended the test
});
