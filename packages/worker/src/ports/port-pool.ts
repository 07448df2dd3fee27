import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, PinkyError, type BoxConfig } from '@pinky/protocol';

/**
 * Ports of a box: `first + step · n`, `count` of them (DESIGN §4). A port is taken by a file in one folder, made with
 * link(2) so that it has one owner; it stays taken until the server is down, whoever dies meanwhile.
 */
export class PortPool {
  constructor(private readonly dir: string, private readonly ports: BoxConfig['ports']) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  }

  /** Whether nothing on the machine uses the port. */
  isFree(port: number): boolean {
    return !portsInUse().has(port);
  }

  /** The lowest port that no server has and nothing on the machine uses. Throws `no_free_port`. */
  take(serverId: string): number {
    const used = portsInUse();
    this.#releaseAll(serverId);
    const mark = join(this.dir, `.${serverId}.${process.pid}`);
    writeFileSync(mark, serverId);
    try {
      for (let n = 0; n < this.ports.count; n++) {
        const port = this.ports.first + n * this.ports.step;
        if (!used.has(port) && this.#claim(mark, port)) return port;
      }
    } finally {
      rmSync(mark, { force: true });
    }
    throw new PinkyError('no_free_port', `server ${serverId}: all ${this.ports.count} ports from ${this.ports.first} on are taken`);
  }

  /** Gives a port back, if it is this server's. */
  release(serverId: string, port: number): void {
    const path = join(this.dir, String(port));
    try {
      if (readFileSync(path, 'utf8') === serverId) rmSync(path);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
  }

  /** What the server took before, and a death kept from being written down. */
  #releaseAll(serverId: string): void {
    for (const name of readdirSync(this.dir)) if (/^\d+$/.test(name)) this.release(serverId, Number(name));
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

/** Local ports on which anything listens (TCP) or is bound (UDP), from proc_net(5). */
export function portsInUse(): Set<number> {
  const used = new Set<number>();
  for (const [table, isListening] of [['tcp', true], ['tcp6', true], ['udp', false], ['udp6', false]] as const) {
    for (const line of readTable(table)) {
      const [, local = '', , state] = line.trim().split(/\s+/);
      if (!isListening || state === '0A') used.add(parseInt(local.slice(local.lastIndexOf(':') + 1), 16));
    }
  }
  return used;
}

function readTable(name: string): string[] {
  try {
    return readFileSync(`/proc/net/${name}`, 'latin1').split('\n').slice(1).filter(Boolean);
  } catch {
    return []; // no IPv6 on this machine
  }
}
