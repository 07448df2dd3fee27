import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { lstatSync, unlinkSync } from 'node:fs';
import net from 'node:net';
import { getSystemErrorName } from 'node:util';
import type { ResolvedAddress, UnixAddress } from './listen-address.js';
import { isPortReused, openReused } from './reuse-port.js';

/** A socket that the parent holds and its children share. */
export interface SharedSocket {
  /** The handle for `child.send`. */
  readonly handle: BoundHandle | Socket;
  /** The bound address, with the real port if 0 was asked for. */
  readonly address: BoundAddress;
  close(): void;
}

export interface BoundAddress {
  /** Address, or the path of a Unix socket. */
  readonly host: string;
  readonly port: number;
}

/** A bound stream socket as Node's `net` keeps it. It does not accept in this process. */
export interface BoundHandle {
  readonly fd: number;
  /** 0, or the number of the system's error. libuv keeps the error of a bind until this call. */
  getsockname(into: Partial<net.AddressInfo>): number;
  close(): void;
}

/** libuv's UV_TCP_IPV6ONLY: `::` does not take the IPv4 port as well, so that both can be opened. */
const ipv6Only = 1;

/** Opens a socket. Throws the system's error: EADDRINUSE, EACCES, EADDRNOTAVAIL … */
export async function openSocket(address: ResolvedAddress): Promise<SharedSocket> {
  if (address.protocol === 'udp') return openUdp(address);
  const handle = address.protocol === 'unix' ? await bindPath(address.path) : await bindTcp(address);
  const bound: Partial<net.AddressInfo> = {};
  if (address.protocol === 'tcp') check(handle.getsockname(bound), `${address.host}:${address.port}`, handle);
  const host = address.protocol === 'unix' ? address.path : address.host;
  return { handle, address: { host, port: bound.port ?? 0 }, close: () => handle.close() };
}

type OfInternet = Exclude<ResolvedAddress, UnixAddress>;

async function bindTcp(address: OfInternet): Promise<BoundHandle> {
  if (!isPortReused()) return bind(address.host, address.port, address.family);
  // The cast holds: for TCP it is libuv's handle.
  return (await openReused(address)) as BoundHandle;
}

/**
 * Binds without accepting. A `net.Server` in this process would take connections away from the children. Node's own
 * cluster module uses this function. It is not documented, but unchanged since Node 0.12.
 */
function bind(address: string, port: number, family: number): BoundHandle {
  // The cast holds: node:net exports it without a type.
  const { _createServerHandle: create } = net as unknown as {
    _createServerHandle: (
      address: string,
      port: number,
      family: number,
      fd?: number,
      flags?: number,
    ) => BoundHandle | number;
  };
  const handle = create(address, port, family, undefined, family === 6 ? ipv6Only : 0);
  if (typeof handle === 'number') throw systemError(handle, port < 0 ? address : `${address}:${port}`);
  return handle;
}

/** Binds a Unix socket. A path without a listener was left by a killed predecessor, and is used again. */
async function bindPath(path: string): Promise<BoundHandle> {
  try {
    return bind(path, -1, -1);
  } catch (error) {
    if (!(await removeLeftBehind(path))) throw error;
    return bind(path, -1, -1);
  }
}

/** Removes a Unix socket without a listener. Answers whether there was one. */
export async function removeLeftBehind(path: string): Promise<boolean> {
  const isThere = await isLeftBehind(path);
  if (isThere) unlinkSync(path);
  return isThere;
}

/** How long a server may take to say goodbye to us, milliseconds. */
const goodbyeMs = 5000;

async function isLeftBehind(path: string): Promise<boolean> {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSocket()) return false;
  const socket = net.connect(path);
  try {
    await once(socket, 'connect');
    takeLeave(socket);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED'; // node:net fails only with system errors
  }
}

/** Reads what the server may say, until it hangs up: an error would end a server that is careless with its clients. */
function takeLeave(socket: net.Socket): void {
  socket.on('error', () => undefined).resume().unref().end();
  setTimeout(() => socket.destroy(), goodbyeMs).unref();
}

async function openUdp(address: OfInternet): Promise<SharedSocket> {
  const socket = await boundUdp(address);
  stopReceiving(socket);
  socket.unref();
  return { handle: socket, address: { host: address.host, port: socket.address().port }, close: () => socket.close() };
}

async function boundUdp(address: OfInternet): Promise<Socket> {
  // The cast holds: for UDP it is a socket.
  if (isPortReused()) return (await openReused(address)) as Socket;
  const { host, port, family } = address;
  const socket = createSocket({ type: family === 6 ? 'udp6' : 'udp4', ipv6Only: family === 6 });
  socket.bind({ address: host, port });
  await once(socket, 'listening'); // fails with the bind's error
  return socket;
}

/** A bound dgram socket reads at once. This one must not, or the children lose the datagrams that it reads. */
export function stopReceiving(socket: Socket): void {
  const state = Object.getOwnPropertySymbols(socket).find(({ description }) => description === 'state symbol');
  // The casts hold for Node 12 to 24, where dgram keeps libuv's handle. Elsewhere this throws.
  const { handle } = (state ? Reflect.get(socket, state) : {}) as { handle?: { recvStop?: () => number } };
  if (!handle?.recvStop) throw new Error('this version of Node does not let go of a UDP socket');
  handle.recvStop();
}

function check(status: number, what: string, handle: BoundHandle): void {
  if (status === 0) return;
  handle.close();
  throw systemError(status, what);
}

function systemError(errno: number, what: string): Error {
  const code = getSystemErrorName(errno);
  return Object.assign(new Error(`listen ${code}: ${what}`), { code, errno, syscall: 'listen' });
}
