import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, PinkyError, type BoxConfig } from '@pinky/protocol';

/** The ports of a box, as a server's life needs them. */
export interface Ports {
  /** Whether nothing on the machine listens on the port or is bound to it. */
  isFree(port: number): boolean;
  /** Takes a port for the server, and gives its old one back. Throws `no_free_port`. */
  take(serverId: string): number;
  /** Gives a port back. False if another server has it. */
  release(serverId: string, port: number): boolean;
}

/**
 * The ports of a box: `first + step · n`, `count` of them. A file in one folder marks a port as taken. It is made with
 * link(2), so that a port has one owner. It stays until the server is down, whichever process dies meanwhile.
 */
export class PortPool implements Ports {
  constructor(private readonly dir: string, private readonly ports: BoxConfig['ports']) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  }

  /** Whether nothing on the machine listens on the port or is bound to it. */
  isFree(port: number): boolean {
    return !portsInUse().bound.has(port);
  }

  /**
   * Takes the lowest port that no server has and nothing on the machine uses. A port on which connections of an earlier
   * game are still closing (TIME_WAIT, one minute) is the last choice: not every game sets SO_REUSEADDR. Throws
   * `no_free_port`.
   */
  take(serverId: string): number {
    const { bound, closing } = portsInUse();
    const others = this.#releaseAll(serverId);
    const mark = join(this.dir, `.${serverId}.${process.pid}`);
    writeFileSync(mark, serverId);
    try {
      const usable = this.#all().filter((port) => !bound.has(port) && !others.has(port));
      const bestFirst = [...usable.filter((port) => !closing.has(port)), ...usable.filter((port) => closing.has(port))];
      const taken = bestFirst.find((port) => this.#claim(mark, port));
      if (taken !== undefined) return taken;
    } finally {
      rmSync(mark, { force: true });
    }
    throw new PinkyError(
      'no_free_port',
      `server ${serverId}: all ${this.ports.count} ports from ${this.ports.first} on are taken`,
    );
  }

  #all(): number[] {
    return Array.from({ length: this.ports.count }, (_, n) => this.ports.first + n * this.ports.step);
  }

  /** Gives a port back. False if another server has it. */
  release(serverId: string, port: number): boolean {
    const path = join(this.dir, String(port));
    try {
      if (readFileSync(path, 'utf8') !== serverId) return false;
      rmSync(path);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
    return true;
  }

  /**
   * Gives back the ports that the server took before a death kept it from writing that down. Answers the ports of
   * others.
   */
  #releaseAll(serverId: string): ReadonlySet<number> {
    const taken = readdirSync(this.dir).filter((name) => /^\d+$/.test(name)).map(Number);
    return new Set(taken.filter((port) => !this.release(serverId, port)));
  }

  #claim(mark: string, port: number): boolean {
    try {
      linkSync(mark, join(this.dir, String(port)));
      return true;
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') return false;
      throw error;
    }
  }
}

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
