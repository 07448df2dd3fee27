import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

type Protocol = 'tcp' | 'udp';

interface PortsInUse {
  /** A program listens there (TCP) or is bound (UDP). */
  readonly bound: ReadonlySet<number>;
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

/** Local ports in use, from proc_net(5). */
export function portsInUse(protocol?: Protocol): PortsInUse {
  const bound = new Set<number>();
  const closing = new Set<number>();
  for (const socket of sockets(protocol)) (socket.isConnection ? closing : bound).add(socket.port);
  return { bound, closing };
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
