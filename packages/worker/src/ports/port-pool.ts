import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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
import { isBound, isIn, programAt, type PortsInUse } from './ports-in-use.js';
import { SharedLook } from './shared-look.js';

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
  /** The server's record on disk names every port that the server has: a death from now on forgets none. */
  settle(serverId: string): void;
  /** The server is down: gives back the ports that its record may not name. */
  clear(serverId: string): void;
}

export interface PortPoolOptions {
  /** The ports of the servers that are defined, also of those that are down. */
  readonly remembered?: () => readonly RememberedPort[];
  /** The ports in the server's record. Undefined if that may not know all of them. */
  readonly recorded?: (serverId: string) => readonly number[] | undefined;
  /** The look that the workers of the box share. Default: each looks for itself. */
  readonly look?: SharedLook;
}

/**
 * The ports of a box: `first + step · n`, `count` of them. A file in one folder marks a port as taken. It is made with
 * link(2), so that a port has one owner. It stays until the server is down, whichever process dies meanwhile.
 */
export class PortPool implements Ports {
  readonly #look: SharedLook;

  constructor(
    private readonly dir: string,
    private readonly ports: BoxConfig['ports'],
    private readonly options: PortPoolOptions = {},
  ) {
    this.#look = options.look ?? new SharedLook();
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  }

  /** Whether nothing on the machine listens on the port or is bound to it. */
  isFree(port: number, protocol?: PortSpec['protocol']): boolean {
    return !isBound(port, protocol);
  }

  /**
   * Takes the port that the server wishes, or else the lowest port that no server has and nothing on the machine uses.
   * A port on which connections of an earlier game are still closing (TIME_WAIT, one minute) is a late choice: not
   * every game sets SO_REUSEADDR. The last choice is a port that a server which is down had, and never one that was
   * given to it. Throws `no_free_port`.
   */
  take(serverId: string, wish?: number, except: ReadonlySet<number> = new Set()): number {
    this.#releaseAll(serverId);
    const rivals = this.#remembered().filter((one) => one.serverId !== serverId);
    const given = new Set(rivals.filter(({ isFixed }) => isFixed).map(({ port }) => port));
    const lent = new Set(rivals.map(({ port }) => port));
    const taken =
      (wish === undefined || given.has(wish) ? undefined : this.#claimAgain(serverId, wish)) ??
      this.#claimBest(serverId, ({ tcp, udp, closing }) => {
        const others = new Set(this.#claims());
        const usable = this.#all().filter((port) => ![tcp, udp, others, given, except].some((one) => one.has(port)));
        const rank = (port: number): number => (lent.has(port) ? 2 : 0) + (closing.has(port) ? 1 : 0);
        return [0, 1, 2, 3].flatMap((one) => usable.filter((port) => rank(port) === one));
      });
    if (taken !== undefined) return taken;
    throw new PinkyError(
      'no_free_port',
      `server ${serverId}: all ${this.ports.count} ports from ${this.ports.first} on are taken`,
    );
  }

  takeThis(serverId: string, port: number): number {
    this.#releaseAll(serverId);
    if (this.#claimAgain(serverId, port) !== undefined) return port;
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
    const mayHave = isPort && this.#givenTo(serverId, port) === undefined;
    const { protocol } = spec;
    if (mayHave && isOurs && this.isFree(port, protocol)) return port;
    if (mayHave && !isOurs && this.#claimFirst(serverId, [port], protocol) !== undefined) return port;
    throw this.#taken(serverId, port, `port ${port} for ${name}`);
  }

  #takeNear(serverId: string, port: number, { protocol }: PortSpec): number {
    const near = Array.from({ length: this.ports.step - 1 }, (_, n) => port + 1 + n);
    const given = new Set(this.#remembered().flatMap((one) => (one.serverId === serverId ? [] : [one.port])));
    const usable = [...near, ...this.#all()].filter((one) => one <= 65_535 && !given.has(one));
    const taken = this.#claimBest(
      serverId,
      (inUse) => usable.filter((one) => !isIn(inUse, one, protocol)),
      protocol,
    );
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
    const owner = this.#remembered().find((one) => one.serverId !== serverId && one.isFixed && one.port === port);
    return owner && `server ${owner.serverId}`;
  }

  #ownerOf(port: number): string | undefined {
    try {
      return `server ${readFileSync(join(this.dir, String(port)), 'utf8')}`;
    } catch {
      return undefined; // no server has it
    }
  }

  /**
   * Claims the best port by the look that is shared. If it leaves none, a port may have become free since, so this
   * worker looks for itself.
   */
  #claimBest(
    serverId: string,
    bestFirst: (inUse: PortsInUse) => readonly number[],
    protocol?: PortSpec['protocol'],
  ): number | undefined {
    return (
      this.#claimFirst(serverId, bestFirst(this.#look.recent()), protocol) ??
      this.#claimFirst(serverId, bestFirst(this.#look.fresh()), protocol)
    );
  }

  /**
   * Claims the first of the ports that no server has and that is free. It is looked at once it is ours: a look binds
   * the port for a moment, and two servers that looked at the same time would keep each other from it.
   */
  #claimFirst(serverId: string, ports: readonly number[], protocol?: PortSpec['protocol']): number | undefined {
    if (ports.length === 0) return undefined;
    const mark = this.#markOf(serverId);
    const isUnsettled = existsSync(mark);
    this.#makeMark(serverId);
    const taken = ports.find((port) => this.#claim(mark, port) && this.#isFreeOrReleased(serverId, port, protocol));
    if (taken === undefined && !isUnsettled) rmSync(mark, { force: true });
    return taken;
  }

  /** As `#claimFirst` with one port, which the server may have although its record is lost. */
  #claimAgain(serverId: string, port: number): number | undefined {
    this.release(serverId, port);
    return this.#claimFirst(serverId, [port]);
  }

  #isFreeOrReleased(serverId: string, port: number, protocol?: PortSpec['protocol']): boolean {
    if (this.isFree(port, protocol)) return true;
    this.release(serverId, port);
    return false;
  }

  /** A claim is a link to this. As long as it is there, the server may have ports that its record does not name. */
  #markOf(serverId: string): string {
    return join(this.dir, `${serverId}.taking`);
  }

  settle(serverId: string): void {
    rmSync(this.#markOf(serverId), { force: true });
  }

  clear(serverId: string): void {
    if (!existsSync(this.#markOf(serverId))) return;
    for (const port of this.#claims()) this.release(serverId, port);
    this.settle(serverId);
  }

  /** A new file each time: an earlier claim may be a link to the old one, and must not be emptied. */
  #makeMark(serverId: string): void {
    this.#removeMarksOfDead();
    const half = join(this.dir, `.${serverId}.${process.pid}`);
    writeFileSync(half, serverId, { flush: true }); // an empty claim, after a power cut, would be nobody's for ever
    renameSync(half, this.#markOf(serverId));
  }

  /** A worker that is killed while it makes a mark leaves a half one, whose name ends with its pid. */
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

  /** Gives back the ports that the server has, apart from `kept`. */
  #releaseAll(serverId: string, kept?: number): void {
    for (const port of this.#mayBeOf(serverId)) if (port !== kept) this.release(serverId, port);
  }

  /**
   * Ports that the server may have. If a death kept it from writing them down, each claim has to be read. Otherwise its
   * record says them: where every start reads the claims of all servers, the cost of many starts grows with the square.
   */
  #mayBeOf(serverId: string): readonly number[] {
    const recorded = existsSync(this.#markOf(serverId)) ? undefined : this.options.recorded?.(serverId);
    return recorded ?? this.#claims();
  }

  /** All ports that servers have. */
  #claims(): readonly number[] {
    return namesIn(this.dir).filter((name) => /^\d+$/.test(name)).map(Number);
  }

  #remembered(): readonly RememberedPort[] {
    return this.options.remembered?.() ?? [];
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
