import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  errnoOf,
  namesIn,
  PinkyError,
  type BoxConfig,
  type NamedPorts,
  type PortSpec,
  type RememberedPort,
} from '@pinky/protocol';
import { readStat } from '@pinky/supervisor/identity';
import { portsInUse, programAt } from './ports-in-use.js';

/** The ports of a box, as a server's life needs them. */
export interface Ports {
  /** Whether nothing on the machine listens on the port or is bound to it, by this protocol or by any. */
  isFree(port: number, protocol?: PortSpec['protocol']): boolean;
  /**
   * Takes a port for the server, and gives its old ones back: the one that it wishes, if nobody has that, and none of
   * `except`. Throws `no_free_port`.
   */
  take(serverId: string, wish?: number, except?: ReadonlySet<number>): number;
  /** Takes exactly this port, and gives the old one back. Throws `port_taken`, naming who has it. */
  takeThis(serverId: string, port: number): number;
  /** Throws `port_taken`, naming who has it, if the server could not take exactly this port now. Takes nothing. */
  assertFree(serverId: string, port: number): void;
  /**
   * Takes the ports that a server wants beside its own, and gives back those that it had beside it. Throws
   * `port_taken`, naming who has one, and `no_free_port`.
   */
  takeNamed(serverId: string, port: number, named: Readonly<Record<string, PortSpec>>): NamedPorts;
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
  isFree(port: number, protocol?: PortSpec['protocol']): boolean {
    return !portsInUse(protocol).bound.has(port);
  }

  /**
   * Takes the port that the server wishes, or else the lowest port that no server has and nothing on the machine uses.
   * A port on which connections of an earlier game are still closing (TIME_WAIT, one minute) is a late choice: not
   * every game sets SO_REUSEADDR. The last choice is a port that a server which is down had, and never one that was
   * given to it. Throws `no_free_port`.
   */
  take(serverId: string, wish?: number, except: ReadonlySet<number> = new Set()): number {
    const { bound, closing } = portsInUse();
    const others = this.#releaseAll(serverId);
    const rivals = this.remembered().filter((one) => one.serverId !== serverId);
    const given = new Set(rivals.filter(({ isFixed }) => isFixed).map(({ port }) => port));
    const lent = new Set(rivals.map(({ port }) => port));
    const usable = this.#all().filter((port) => ![bound, others, given, except].some((taken) => taken.has(port)));
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
    throw this.#taken(serverId, port, `port ${port}`);
  }

  assertFree(serverId: string, port: number): void {
    const isOthers = this.#ownerOf(port) !== undefined && this.#ownerOf(port) !== `server ${serverId}`;
    if (isOthers || !this.isFree(port)) throw this.#taken(serverId, port, `port ${port}`);
  }

  /**
   * Those with an offset come first, because they have no choice. The others are the next ones behind the server's own,
   * up to that of the next server; where these lie side by side, any of the box.
   */
  takeNamed(serverId: string, port: number, named: Readonly<Record<string, PortSpec>>): NamedPorts {
    this.#releaseAll(serverId, port);
    const hasChoice = ({ offset }: PortSpec): number => (offset === undefined ? 1 : 0);
    const wanted = Object.entries(named).toSorted(([, a], [, b]) => hasChoice(a) - hasChoice(b));
    const taken: Record<string, number> = {};
    for (const [name, spec] of wanted) {
      const has = [port, ...Object.values(taken)];
      taken[name] = spec.offset === undefined
        ? this.#takeNear(serverId, port, spec)
        : this.#takeAt(serverId, { name, port: port + spec.offset, spec, has });
    }
    return Object.fromEntries(Object.keys(named).map((name) => [name, taken[name] ?? 0]));
  }

  #takeAt(
    serverId: string,
    { name, port, spec, has }: { name: string; port: number; spec: PortSpec; has: readonly number[] },
  ): number {
    const isPort = port >= 1 && port <= 65_535;
    const isOurs = has.includes(port); // by another protocol, most likely
    const isFree = isPort && this.#givenTo(serverId, port) === undefined && this.isFree(port, spec.protocol);
    if (isFree && (isOurs || this.#claimFirst(serverId, [port]) !== undefined)) return port;
    throw this.#taken(serverId, port, `port ${port} for ${name}`);
  }

  #takeNear(serverId: string, port: number, { protocol }: PortSpec): number {
    const { bound } = portsInUse(protocol);
    const near = Array.from({ length: this.ports.step - 1 }, (_, n) => port + 1 + n);
    const given = new Set(this.remembered().flatMap((one) => (one.serverId === serverId ? [] : [one.port])));
    const usable = [...near, ...this.#all()].filter((one) => one <= 65_535 && !bound.has(one) && !given.has(one));
    const taken = this.#claimFirst(serverId, usable);
    if (taken !== undefined) return taken;
    throw new PinkyError('no_free_port', `server ${serverId}: no port is free beside port ${port}`);
  }

  #taken(serverId: string, port: number, what: string): PinkyError {
    const owner = this.#ownerOf(port) ?? this.#givenTo(serverId, port) ?? programAt(port) ?? 'another program';
    return new PinkyError('port_taken', `server ${serverId} cannot have ${what}: ${owner} has it`, {
      details: { port },
    });
  }

  /** The other server that the port was given to, which may be down. */
  #givenTo(serverId: string, port: number): string | undefined {
    const owner = this.remembered().find((one) => one.serverId !== serverId && one.isFixed && one.port === port);
    return owner && `server ${owner.serverId}`;
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
   * Gives back the ports that the server has, apart from `kept`, also those that it took before a death kept it from
   * writing that down. Answers the ports of others.
   */
  #releaseAll(serverId: string, kept?: number): ReadonlySet<number> {
    const taken = readdirSync(this.dir).filter((name) => /^\d+$/.test(name)).map(Number);
    return new Set(taken.filter((port) => port !== kept && !this.release(serverId, port)));
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
