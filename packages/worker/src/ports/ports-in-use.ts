import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';

type Protocol = 'tcp' | 'udp';

/** Local ports. */
export interface PortsInUse {
  /** A program listens there. */
  readonly tcp: ReadonlySet<number>;
  /** A program is bound to it. */
  readonly udp: ReadonlySet<number>;
  /** No program listens, but the kernel still knows a TCP connection. */
  readonly closing: ReadonlySet<number>;
}

/** A socket that waits for others to send something: its port, and the number by which /proc/<pid>/fd names it. */
export interface BoundSocket {
  readonly protocol: Protocol;
  readonly port: number;
  readonly inode: string;
  /** No program listens: a TCP connection that is open or closing. */
  readonly isConnection: boolean;
  /** It has a partner, so it is no server's: a UDP socket after connect(2). */
  readonly hasPartner: boolean;
}

/** `st` of proc_net(5): a listening TCP socket, and a connected one of UDP. */
const listening = '0A';
const established = '01';

/** Local ports in use, from proc_net(5). For TCP alone the kernel walks a table of a quarter of a million places. */
export function portsInUse(protocol?: Protocol): PortsInUse {
  const found = { tcp: new Set<number>(), udp: new Set<number>(), closing: new Set<number>() };
  for (const socket of sockets(protocol)) found[socket.isConnection ? 'closing' : socket.protocol].add(socket.port);
  return found;
}

/** Whether a port is bound or listened on by what was seen: by this protocol, or by any. */
export const isIn = ({ tcp, udp }: PortsInUse, port: number, protocol?: Protocol): boolean =>
  (protocol !== 'udp' && tcp.has(port)) || (protocol !== 'tcp' && udp.has(port));

/** Whether a program listens on the port (TCP) or is bound to it (UDP) now, by this protocol or by any. */
export function isBound(port: number, protocol?: Protocol): boolean {
  if (protocol !== 'tcp' && portsInUse('udp').udp.has(port)) return true;
  return protocol !== 'udp' && !canListen(port) && portsInUse('tcp').tcp.has(port);
}

/**
 * Whether this process can listen on the port, at all addresses: then no other program does. False says nothing, since
 * the port may be only for root, say. listen(2) asks the kernel about one port, and without a host Node calls it at
 * once. Nobody is let in: the socket is closed in the same turn.
 */
function canListen(port: number): boolean {
  if (port < 1 || port > 65_535) return false;
  const probe = createServer();
  probe.on('error', () => undefined); // told in a later turn
  probe.listen({ port, exclusive: true });
  const { listening } = probe;
  probe.close();
  return listening;
}

/** All sockets of IP that have a local port. */
export function sockets(protocol?: Protocol): BoundSocket[] {
  const protocols: readonly Protocol[] = protocol === undefined ? ['tcp', 'udp'] : [protocol];
  return protocols.flatMap((one) => [one, `${one}6`].flatMap(readTable).map((line) => socketOf(one, line)));
}

function socketOf(protocol: Protocol, line: string): BoundSocket {
  const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
  return {
    protocol,
    port: parseInt(local.slice(local.lastIndexOf(':') + 1), 16),
    inode,
    isConnection: protocol === 'tcp' && state !== listening,
    hasPartner: protocol === 'udp' && state === established,
  };
}

function readTable(name: string): string[] {
  try {
    return readFileSync(`/proc/net/${name}`, 'latin1').split('\n').slice(1).filter(Boolean);
  } catch {
    return []; // no IPv6 on this machine
  }
}

/** The program that has a port open, such as `nginx (pid 812)`. Undefined if it belongs to somebody else. */
export function programAt(port: number): string | undefined {
  const inodes = new Set(sockets().filter((one) => one.port === port).map(({ inode }) => inode));
  const pid = numbersIn('/proc').find((each) => [...(inodesOf(each) ?? [])].some((inode) => inodes.has(inode)));
  if (pid === undefined) return undefined;
  return `${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} (pid ${pid})`;
}

/** The numbers of the sockets that a process has open. Undefined if that cannot be seen: it is gone, or not ours. */
export function inodesOf(pid: number): ReadonlySet<string> | undefined {
  let descriptors: readonly string[];
  try {
    descriptors = readdirSync(`/proc/${pid}/fd`);
  } catch {
    return undefined;
  }
  return new Set(descriptors.flatMap((descriptor) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${descriptor}`))?.[1] ?? [];
    } catch {
      return []; // closed meanwhile
    }
  }));
}

function numbersIn(dir: string): number[] {
  try {
    return readdirSync(dir).filter((name) => /^\d+$/.test(name)).map(Number);
  } catch {
    return []; // gone, or another user's
  }
}
