import { readdirSync } from 'node:fs';
import { createSocket } from 'node:dgram';
import { PortPool } from '../../src/ports/port-pool.js';
import { takePorts } from '../../src/ports/server-ports.js';
import { tempDir } from '../temp.js';

/** Below those that the kernel gives to outgoing connections, above those of boxes. */
const first = 28_500 + Math.floor(Math.random() * 100) * 10;

describe('the named ports of a server', () => {
  const dir = tempDir();
  const remembered: { port: number; serverId: string; isFixed: boolean }[] = [];
  const pool = (step = 10) => new PortPool(dir(), { first, step, count: 3 }, { remembered: () => remembered });
  const claims = () => readdirSync(dir()).filter((name) => name !== 'a.taking').map(Number).toSorted((a, b) => a - b);

  it('are at their offsets, or the next ones that nobody has, and one may share the number of another', () => {
    const ports = pool();
    expect(ports.take('a')).toBe(first);
    const udp = { protocol: 'udp', offset: 2 } as const;
    const named = { rcon: { protocol: 'tcp' }, web: {}, query: udp, tv: { offset: 0 } } as const;
    const taken = { rcon: first + 1, web: first + 3, query: first + 2, tv: first };
    expect(ports.takeNamed('a', first, named)).toEqual(taken);
    expect(ports.takeNamed('a', first, named)).toEqual(taken); // once more, after a death
    expect(claims()).toEqual([first, first + 1, first + 2, first + 3]);
    expect(ports.takeNamed('a', first, {})).toEqual({});
    expect(claims()).toEqual([first]);
  });

  it('of two servers lie side by side where the box leaves no room between them', () => {
    const ports = pool(1);
    expect([ports.take('a'), ports.take('b')]).toEqual([first, first + 1]);
    expect(ports.takeNamed('a', first, { query: {} })).toEqual({ query: first + 2 });
    expect(() => ports.takeNamed('b', first + 1, { query: {} })).toThrow(
      expect.objectContaining({ code: 'no_free_port' }),
    );
  });

  it('take the server along to where all of them are free, unless its port was given', async () => {
    const ports = pool();
    const socket = createSocket('udp4');
    await new Promise<void>((done) => { socket.bind(first + 1, '127.0.0.1', done); });
    try {
      const port = ports.take('a');
      const wanted = { serverId: 'a', port, isFixed: false, named: { query: { protocol: 'udp', offset: 1 } } } as const;
      expect(() => takePorts(ports, { ...wanted, isFixed: true })).toThrow(
        expect.objectContaining({ code: 'port_taken', details: { port: first + 1 } }),
      );
      const tcp = { query: { protocol: 'tcp', offset: 1 } } as const;
      expect(takePorts(ports, { ...wanted, named: tcp })).toEqual({ port: first, ports: { query: first + 1 } });
      expect(takePorts(ports, wanted)).toEqual({ port: first + 10, ports: { query: first + 11 } });
      expect(claims()).toEqual([first + 10, first + 11]);
    } finally {
      socket.close();
    }
  });

  it('are none that was given to another server, and none beyond the last port', () => {
    remembered.push({ port: first + 1, serverId: 'z', isFixed: true });
    const ports = pool();
    const port = ports.take('a');
    expect(() => ports.takeNamed('a', port, { query: { offset: 1 } })).toThrow('server z has it');
    expect(ports.takeNamed('a', port, { query: {} })).toEqual({ query: first + 2 });
    expect(() => ports.takeNamed('a', port, { query: { offset: 60_000 } })).toThrow(
      expect.objectContaining({ code: 'port_taken' }),
    );
  });
});
