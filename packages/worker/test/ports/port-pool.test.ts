import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createSocket } from 'node:dgram';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { PortPool } from '../../src/ports/port-pool.js';
import { SharedLook } from '../../src/ports/shared-look.js';
import { tempDir } from '../temp.js';

/** Below those that the kernel gives to outgoing connections (ip(7), ip_local_port_range), above those of boxes. */
const first = 30_500 + Math.floor(Math.random() * 200) * 10;

describe('PortPool', () => {
  const dir = tempDir();
  const pool = (count = 5) => new PortPool(dir(), { first, step: 1, count });

  it('gives each server the lowest port that nobody has, and says when there is none', () => {
    const ports = pool(2);
    expect(ports.take('a')).toBe(first);
    expect(ports.take('b')).toBe(first + 1);
    expect(() => ports.take('c')).toThrow(expect.objectContaining({ code: 'no_free_port' }));
    ports.release('b', first);
    expect(() => ports.take('c')).toThrow(expect.objectContaining({ code: 'no_free_port' }));
    ports.release('a', first);
    ports.release('a', first);
    expect(ports.take('c')).toBe(first);
    for (const id of ['a', 'b', 'c']) ports.settle(id);
    expect(readdirSync(dir()).toSorted()).toEqual([String(first), String(first + 1)]);
  });

  it('removes the marks of workers that were killed while they took a port, and no other', () => {
    const [dead, living] = ['.b.1.4194304', `.c.${process.ppid}`]; // no pid is as high as the first (proc(5), pid_max)
    for (const mark of [dead, living]) writeFileSync(join(dir(), mark), 'x');
    expect(pool().take('a')).toBe(first);
    pool().settle('a');
    expect(readdirSync(dir()).toSorted()).toEqual([living, String(first)]);
  });

  it('gives a server one port only, whatever it took before its death', () => {
    const unrecorded = (...ports: number[]) =>
      new PortPool(dir(), { first, step: 1, count: 5 }, { recorded: () => ports });
    expect(unrecorded().take('a')).toBe(first);
    expect(unrecorded().take('a')).toBe(first);
    expect(unrecorded().take('a', undefined, new Set([first]))).toBe(first + 1);
    expect(readdirSync(dir()).toSorted()).toEqual([String(first + 1), 'a.taking']);
    unrecorded().settle('a');
    expect(unrecorded(first + 1).take('a')).toBe(first);
    unrecorded().settle('a');
    expect(readdirSync(dir())).toEqual([String(first)]);
  });

  it('reads the claims of others only where its own may not be recorded', () => {
    const recorded: number[] = [];
    const ports = new PortPool(dir(), { first, step: 1, count: 5 }, { recorded: () => recorded });
    const unreadable = join(dir(), String(first));
    mkdirSync(unreadable); // reading it would throw
    recorded.push(ports.take('a'));
    ports.settle('a');
    expect(recorded).toEqual([first + 1]);
    expect(ports.take('a')).toBe(first + 1);
    expect(() => ports.take('a')).toThrow(expect.objectContaining({ code: 'EISDIR' })); // not settled
  });

  it('gives a server that lost its record the port that it wishes and still has', () => {
    const ports = new PortPool(dir(), { first, step: 1, count: 5 }, { recorded: () => [] });
    ports.take('a');
    ports.settle('a');
    expect(ports.take('a', first)).toBe(first);
    ports.settle('a');
    expect(ports.takeThis('a', first)).toBe(first);
  });

  it('gives back what the record of a server does not name once that is down', () => {
    const ports = new PortPool(dir(), { first, step: 1, count: 5 }, { recorded: () => [] });
    ports.take('a');
    ports.take('b');
    ports.settle('b');
    for (const id of ['a', 'b']) ports.clear(id);
    expect(readdirSync(dir())).toEqual([String(first + 1)]); // it is in the record of b
  });

  it('leaves no mark where no port is free', () => {
    const ports = pool(1);
    ports.take('a');
    ports.settle('a');
    expect(() => ports.take('b')).toThrow(expect.objectContaining({ code: 'no_free_port' }));
    expect(readdirSync(dir())).toEqual([String(first)]);
  });

  it('gives no port that was taken since the look that the workers share, and one that was freed since', async () => {
    const look = new SharedLook(join(dir(), 'look.json'));
    const ports = new PortPool(join(dir(), 'ports'), { first, step: 1, count: 2 }, { look });
    const [tcp, udp] = [createServer(), createSocket('udp4')];
    look.fresh();
    await new Promise<void>((done) => { tcp.listen(first, '127.0.0.1', done); });
    await new Promise<void>((done) => { udp.bind(first + 1, '127.0.0.1', done); });
    expect(() => ports.take('a')).toThrow(expect.objectContaining({ code: 'no_free_port' }));
    expect(look.recent().udp.has(first + 1)).toBe(true);
    await new Promise<void>((done) => { udp.close(done); });
    expect(ports.take('a')).toBe(first + 1);
    await new Promise<unknown>((done) => { tcp.close(done); });
    expect(ports.isFree(first)).toBe(true);
  });

  it('skips what the machine uses, TCP and UDP', async () => {
    const tcp = createServer();
    const udp = createSocket('udp4');
    await new Promise<void>((done) => { tcp.listen(first, '127.0.0.1', done); });
    await new Promise<void>((done) => { udp.bind(first + 1, '127.0.0.1', done); });
    try {
      expect(pool().isFree(first)).toBe(false);
      expect(pool().isFree(first + 2)).toBe(true);
      expect(pool().take('a')).toBe(first + 2);
    } finally {
      tcp.close();
      udp.close();
    }
  });

  it('gives a server the port that it had, and lends it only if no other is left, and never if it was given', () => {
    const remembered = [
      { port: first, serverId: 'a', isFixed: false },
      { port: first + 1, serverId: 'b', isFixed: true },
    ];
    const ports = new PortPool(dir(), { first, step: 1, count: 3 }, { remembered: () => remembered });
    expect(ports.take('c')).toBe(first + 2);
    expect(ports.take('a', first)).toBe(first);
    ports.release('a', first);
    expect(ports.take('d')).toBe(first); // lent
    expect(() => ports.take('a', first)).toThrow(expect.objectContaining({ code: 'no_free_port' }));
    ports.release('c', first + 2);
    expect(ports.take('a', first)).toBe(first + 2);
    expect(ports.takeThis('b', first + 1)).toBe(first + 1);
  });

  it('names the server or the program that has a port which was asked for', async () => {
    const ports = pool();
    expect(ports.takeThis('a', first)).toBe(first);
    expect(ports.takeThis('a', first)).toBe(first);
    expect(() => ports.takeThis('b', first)).toThrow(
      expect.objectContaining({ code: 'port_taken', message: expect.stringContaining('server a has it') }),
    );
    expect(() => ports.assertFree('b', first)).toThrow(expect.objectContaining({ code: 'port_taken' }));
    expect(() => ports.assertFree('a', first)).not.toThrow();
    expect(() => ports.assertFree('b', first + 1)).not.toThrow();
    const stranger = createServer();
    await new Promise<void>((done) => { stranger.listen(first + 1, '127.0.0.1', done); });
    try {
      expect(() => ports.assertFree('b', first + 1)).toThrow(expect.objectContaining({ code: 'port_taken' }));
      expect(() => ports.takeThis('b', first + 1)).toThrow(
        expect.objectContaining({ message: expect.stringContaining(`(pid ${process.pid}) has it`) }),
      );
    } finally {
      stranger.close();
    }
  });

  it('gives no port twice to processes that take one at the same time', async () => {
    const program = `
      const { PortPool } = require(${JSON.stringify(resolve(__dirname, '../../dist/ports/port-pool.js'))});
      const pool = new PortPool(${JSON.stringify(join(dir(), 'shared'))}, { first: ${first}, step: 1, count: 60 });
      for (let i = 0; i < 15; i++) {
        pool.take(process.argv[1] + '-' + i);
        pool.settle(process.argv[1] + '-' + i);
      }`;
    mkdirSync(join(dir(), 'shared'));
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => promisify(execFile)(process.execPath, ['-e', program, name])));
    const taken = readdirSync(join(dir(), 'shared'));
    expect(taken).toHaveLength(60);
    expect(new Set(taken.map((name) => readFileSync(join(dir(), 'shared', name), 'utf8'))).size).toBe(60);
  });
});
