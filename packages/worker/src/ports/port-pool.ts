import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, namesIn, PinkyError, type BoxConfig, type RememberedPort } from '@pinky/protocol';
import { readStat } from '@pinky/supervisor/identity';
import { portsInUse, programAt } from './ports-in-use.js';

/** The ports of a box, as a server's life needs them. */
export interface Ports {
  /** Whether nothing on the machine listens on the port or is bound to it. */
  isFree(port: number): boolean;
  /**
   * Takes a port for the server, and gives its old one back: the one that it wishes, if nobody has that. Throws
   * `no_free_port`.
   */
  take(serverId: string, wish?: number): number;
  /** Takes exactly this port, and gives the old one back. Throws `port_taken`, naming who has it. */
  takeThis(serverId: string, port: number): number;
  /** Gives a port back. False if another server has it. */
  release(serverId: string, port: number): boolean;
}

/**
 * The ports of a box: `first + step · n`, `count` of them. A file in one folder marks a port as taken. It is made with
 * link(2), so that a port has one owner. It stays until the server is down, whichever process dies meanwhile.
 */
export class PortPool implements Ports {
  /** `remembered`: the ports of the servers that are defined, also of those that are down. */
  constructor(
    private readonly dir: string,
    private readonly ports: BoxConfig['ports'],
    private readonly remembered: () => readonly RememberedPort[] = () => [],
  ) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  }

  /** Whether nothing on the machine listens on the port or is bound to it. */
  isFree(port: number): boolean {
    return !portsInUse().bound.has(port);
  }

  /**
   * Takes the port that the server wishes, or else the lowest port that no server has and nothing on the machine uses.
   * A port on which connections of an earlier game are still closing (TIME_WAIT, one minute) is a late choice: not
   * every game sets SO_REUSEADDR. The last choice is a port that a server which is down had, and never one that was
   * given to it. Throws `no_free_port`.
   */
  take(serverId: string, wish?: number): number {
    const { bound, closing } = portsInUse();
    const others = this.#releaseAll(serverId);
    const rivals = this.remembered().filter((one) => one.serverId !== serverId);
    const given = new Set(rivals.filter(({ isFixed }) => isFixed).map(({ port }) => port));
    const lent = new Set(rivals.map(({ port }) => port));
    const usable = this.#all().filter((port) => !bound.has(port) && !others.has(port) && !given.has(port));
    const rank = (port: number): number => (lent.has(port) ? 2 : 0) + (closing.has(port) ? 1 : 0);
    const bestFirst = [0, 1, 2, 3].flatMap((one) => usable.filter((port) => rank(port) === one));
    const isWishUsable = wish !== undefined && !bound.has(wish) && !given.has(wish);
    const taken = this.#claimFirst(serverId, isWishUsable ? [wish, ...bestFirst] : bestFirst);
    if (taken !== undefined) return taken;
    throw new PinkyError(
      'no_free_port',
      `server ${serverId}: all ${this.ports.count} ports from ${this.ports.first} on are taken`,
    );
  }

  takeThis(serverId: string, port: number): number {
    this.#releaseAll(serverId);
    if (this.isFree(port) && this.#claimFirst(serverId, [port]) !== undefined) return port;
    const owner = this.#ownerOf(port) ?? programAt(port) ?? 'another program';
    throw new PinkyError('port_taken', `server ${serverId} cannot have port ${port}: ${owner} has it`, {
      details: { port },
    });
  }

  #ownerOf(port: number): string | undefined {
    try {
      return `server ${readFileSync(join(this.dir, String(port)), 'utf8')}`;
    } catch {
      return undefined; // no server has it
    }
  }

  #claimFirst(serverId: string, ports: readonly number[]): number | undefined {
    this.#removeMarksOfDead();
    const mark = join(this.dir, `.${serverId}.${process.pid}`);
    writeFileSync(mark, serverId, { flush: true }); // an empty claim, after a power cut, would be nobody's for ever
    try {
      return ports.find((port) => this.#claim(mark, port));
    } finally {
      rmSync(mark, { force: true });
    }
  }

  /** A worker that is killed while it takes a port leaves its mark, whose name ends with its pid. */
  #removeMarksOfDead(): void {
    for (const name of namesIn(this.dir)) {
      const pid = Number(name.slice(name.lastIndexOf('.') + 1));
      if (name.startsWith('.') && !readStat(pid)) rmSync(join(this.dir, name), { force: true });
    }
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
