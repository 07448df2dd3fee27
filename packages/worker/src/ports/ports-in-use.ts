import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

interface PortsInUse {
  /** A program listens there (TCP) or is bound (UDP). */
  readonly bound: ReadonlySet<number>;
  /** No program listens, but the kernel still knows a TCP connection. */
  readonly closing: ReadonlySet<number>;
}

/** `st` of a listening TCP socket in proc_net(5). */
const listening = '0A';

/** Local ports in use, from proc_net(5). */
export function portsInUse(): PortsInUse {
  const bound = new Set<number>();
  const closing = new Set<number>();
  for (const table of ['tcp', 'tcp6', 'udp', 'udp6']) {
    for (const line of readTable(table)) {
      const [, local = '', , state] = line.trim().split(/\s+/);
      const isBound = table.startsWith('udp') || state === listening;
      (isBound ? bound : closing).add(parseInt(local.slice(local.lastIndexOf(':') + 1), 16));
    }
  }
  return { bound, closing };
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
  const inodes = new Set(['tcp', 'tcp6', 'udp', 'udp6'].flatMap((table) =>
    readTable(table).flatMap((line) => {
      const [, local = '', , , , , , , , inode = ''] = line.trim().split(/\s+/);
      return parseInt(local.slice(local.lastIndexOf(':') + 1), 16) === port ? [`socket:[${inode}]`] : [];
    }),
  ));
  const pid = numbersIn('/proc').find((each) => opens(each, inodes));
  if (pid === undefined) return undefined;
  return `${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} (pid ${pid})`;
}

function opens(pid: number, links: ReadonlySet<string>): boolean {
  return numbersIn(`/proc/${pid}/fd`).some((descriptor) => {
    try {
      return links.has(readlinkSync(`/proc/${pid}/fd/${descriptor}`));
    } catch {
      return false; // closed meanwhile
    }
  });
}

function numbersIn(dir: string): number[] {
  try {
    return readdirSync(dir).filter((name) => /^\d+$/.test(name)).map(Number);
  } catch {
    return []; // gone, or another user's
  }
}
