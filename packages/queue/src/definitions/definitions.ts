import type {
  BoxConfig,
  Clock,
  Logger,
  LongLived,
  ServerStatus,
  SetResult,
  StartOrder,
  StartRequest,
  WantedState,
} from '@pinky/protocol';
import type { CommandRoute } from '../routing/command-route.js';
import { changeLive } from '../routing/live-change.js';
import type { Router } from '../routing/router.js';
import type { WorkerHandle } from '../routing/worker-registry.js';
import { DefinedCommands } from './defined-commands.js';
import { DefinitionBook } from './definition-book.js';
import { HeldServers } from './held-servers.js';
import { Schedules } from '../schedules/schedules.js';
import { OlderServers } from './older-servers.js';
import { isLack } from './lacks.js';
import { ServerRemoval } from './server-removal.js';
import { UnusedServers } from './unused-servers.js';
import { WantedServers } from './wanted-servers.js';

export interface DefinitionsOptions {
  readonly config: () => BoxConfig;
  readonly router: Pick<Router, 'route'>;
  readonly workerOf: (serverId: string) => WorkerHandle | undefined;
  readonly isExpected: (serverId: string) => boolean;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Puts together the parts that keep and obey the definitions: what servers are, and which of them are wanted up. */
export class Definitions implements LongLived {
  readonly commands: CommandRoute;
  readonly schedules: Schedules;
  readonly #commands: DefinedCommands;
  readonly #book: DefinitionBook;
  readonly #older: OlderServers;
  readonly #wanted: WantedServers;
  readonly #unused: UnusedServers;
  readonly #held = new HeldServers();

  constructor(private readonly options: DefinitionsOptions) {
    const { config, logger, clock, workerOf } = options;
    const { home } = config();
    const statusOf = (serverId: string): ServerStatus | undefined => this.#statusOf(serverId);
    const book = this.#book = new DefinitionBook({ home, logger, clock });
    const isStarting = (serverId: string): boolean => this.#commands.isStarting(serverId);
    const removal = new ServerRemoval({ ...options, statusOf, book, isStarting, held: this.#held });
    this.#older = new OlderServers({ book, servers: () => config().servers, logger });
    this.commands = this.#commands = new DefinedCommands({
      ...options,
      statusOf,
      book,
      held: this.#held,
      home,
      changeLive: (start) => changeLive(workerOf(start.serverId), start),
      remove: (routed) => removal.remove(routed),
    });
    this.#unused = new UnusedServers({
      config,
      servers: () => book.all().map(({ serverId }) => serverId),
      isAtRest: (serverId) => removal.isAtRest(serverId),
      forget: (serverId) => removal.forget(serverId),
      logger,
      clock,
    });
    const areHeld = (): boolean => config().areStartsHeld === true;
    const { commands } = this;
    this.schedules = new Schedules({ ...options, statusOf, definitions: book, commands, areHeld });
    this.#wanted = new WantedServers({
      book,
      isThere: (serverId) => this.#isThere(serverId),
      areHeld,
      route: (requested) => this.#commands.route(requested),
      logger,
      clock,
    });
  }

  #isThere(serverId: string): boolean {
    if (this.#commands.isStarting(serverId) || this.#held.has(serverId)) return true;
    const status = this.#statusOf(serverId);
    if (!status) return this.options.isExpected(serverId);
    // Events that wait for Redis keep folder and worker of a server of which nothing else is left.
    return status.state === 'down' ? status.staysDown === true : status.state !== 'failed';
  }

  #statusOf(serverId: string): ServerStatus | undefined {
    return this.options.workerOf(serverId)?.status;
  }

  /**
   * Reads the definitions, and makes those that the servers of an older version lack. Call it before the first command,
   * as soon as this process alone serves the home.
   */
  load(): void {
    this.#book.load();
    this.#older.adoptAll();
  }

  /** Starts what is wanted, from now on. */
  start(signal?: AbortSignal): void {
    this.#wanted.start(signal);
    this.#unused.start(signal);
    this.schedules.start(signal);
  }

  /** The box is going down: nothing is started any more. */
  stopStarting(): void {
    this.#wanted.stopStarting();
    this.schedules.stopBeginning();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#wanted.stop(), this.#unused.stop(), this.schedules.stop()]);
    await this.#book.stop();
  }

  /**
   * The server is not started, by itself or by a command, until the answer is called: its world is being exchanged.
   * Throws `not_ready` if it is being removed.
   */
  hold(serverId: string): () => void {
    return this.#held.hold(serverId, 'it goes back to another world just now');
  }

  /** Makes or changes a definition without a start. */
  define(start: StartRequest, ifRevision?: number): Promise<SetResult> {
    return this.#commands.define(start, ifRevision);
  }

  /** A game has announced settings: their values now and before. Resolves when they are in the definition. */
  announced(serverId: string, settings: StartOrder['settings'], was: StartOrder['settings']): Promise<void> {
    return this.#commands.announced(serverId, settings, was);
  }

  isKnown(serverId: string): boolean {
    return this.#book.get(serverId) !== undefined;
  }

  isWantedUp(serverId: string): boolean {
    return this.wantedOf(serverId) === 'up';
  }

  /** The wish for a server; undefined for one that nobody has defined. */
  wantedOf(serverId: string): WantedState | undefined {
    return this.#book.get(serverId)?.wanted;
  }

  /** A worker has come. An older one may have a server that nobody has defined. */
  arrived({ serverId, state }: ServerStatus): void {
    this.#older.adopt(serverId);
    if (state === 'down') this.#wanted.arrivedDown();
  }

  seen(status: ServerStatus): void {
    this.#commands.seen(status);
  }

  /**
   * A server ended, and not by a command, or was given up `because` of an error. Resolves when it is written that it is
   * to stay down, or when it was decided that it is to be tried again.
   */
  async wantDown(serverId: string, because?: unknown): Promise<void> {
    if (isLack(because) && !this.#commands.isNewlyStarting(serverId)) return;
    await this.#commands.wantDown(serverId);
  }
}
