import { isDeepStrictEqual } from 'node:util';
import {
  definedBy,
  isSameStart,
  PinkyError,
  startOf,
  type CommandResult,
  type Definition,
  type LiveChange,
  type ServerStatus,
  type SetResult,
  type StartOrder,
  type StartRequest,
} from '@pinky/protocol';
import type { CommandRoute, RequestedRoute } from '../routing/command-route.js';
import type { RoutedCommand } from '../routing/routed-command.js';
import type { DefinitionBook } from './definition-book.js';
import type { HeldServers } from './held-servers.js';
import { assertPortIsNobodys } from './port-owners.js';
import { StartsInHand, type StartInHand } from './starts-in-hand.js';

export interface DefinedCommandsOptions {
  readonly book: DefinitionBook;
  /** The servers that no command may start or remove now. */
  readonly held: HeldServers;
  /** To the workers. */
  readonly router: { route(routed: RoutedCommand): Promise<CommandResult> };
  /** The last status of the server's worker; undefined if it has none. */
  readonly statusOf: (serverId: string) => ServerStatus | undefined;
  /** Whether a server needs a worker: its folder is there. */
  readonly isExpected: (serverId: string) => boolean;
  readonly home: string;
  /** Has the game changed at once what it can be told while it is up. Undefined if nothing was told. */
  readonly changeLive: (start: StartOrder) => Promise<LiveChange | undefined>;
  /** Obeys `rm`. */
  readonly remove: (routed: Requested<'rm'>) => Promise<CommandResult>;
}

type Settings = StartOrder['settings'];

type Requested<N extends RequestedRoute['command']['name']> = RequestedRoute & {
  readonly command: Extract<RequestedRoute['command'], { readonly name: N }>;
};

/**
 * Completes commands from the servers' definitions, and keeps the definitions as commands want them. A definition
 * changes when the worker has accepted the start that changes it: so it never says what no worker would run, and a
 * death in between leaves either both or none.
 */
export class DefinedCommands implements CommandRoute {
  readonly #starts = new StartsInHand();

  constructor(private readonly options: DefinedCommandsOptions) {}

  /** Throws `not_ready` for a start, restart or rm of a server whose world is being exchanged or removed. */
  async route({ command, ...rest }: RequestedRoute): Promise<CommandResult> {
    const { name, data: { serverId } } = command;
    if (name === 'start' || name === 'restart' || name === 'rm') this.options.held.assertFree(serverId);
    switch (command.name) {
      case 'start': return this.#start({ ...rest, command });
      case 'restart': return this.#restart({ ...rest, command });
      case 'stop': return this.#stop({ ...rest, command });
      case 'kill': return this.#stop({ ...rest, command: { name: 'stop', data: { serverId, kill: true } } });
      case 'rm': return this.options.remove({ ...rest, command });
      default: return this.options.router.route({ ...rest, command });
    }
  }

  /** Whether a start of the server is on its way. */
  isStarting(serverId: string): boolean {
    return this.#starts.has(serverId);
  }

  /** Whether somebody asks for a server that was not wanted up before. Then a failure is its answer. */
  isNewlyStarting(serverId: string): boolean {
    return this.#starts.hasNew(serverId);
  }

  /** The server is to be down. Resolves when that is written. */
  wantDown(serverId: string): Promise<void> {
    this.#starts.cancel(serverId);
    return this.options.book.want(serverId, 'down');
  }

  /**
   * Makes or changes a definition, and starts nothing. A game that is up is told what it can change at once; a server
   * that runs has the rest at its next start. With `ifRevision` only if the definition still has that one. Throws
   * `changed_meanwhile`, `bad_settings` where the game's funpack is known, and what a start throws.
   */
  async define(data: StartRequest, ifRevision?: number): Promise<SetResult> {
    const { book, held } = this.options;
    const { serverId } = data;
    held.assertFree(serverId);
    const before = book.get(serverId);
    if (ifRevision !== undefined && before?.revision !== ifRevision) {
      const now = before === undefined ? 'is not defined' : `has revision ${before.revision}`;
      throw new PinkyError('changed_meanwhile', `server ${serverId} ${now}, and not ${ifRevision}`);
    }
    const asked = this.#startFor(data);
    const live = await this.#changeLive(asked, data);
    // The game may have announced a change meanwhile.
    const { defined, isKnown } = asked.isKnown ? asked : this.#startFor(data);
    const wanted = book.get(serverId)?.wanted ?? 'down';
    if (!isKnown) await book.define(serverId, defined, { wanted, changedIn: asked.revision });
    const isLater = !live?.isWhole && this.#runsBehind(serverId);
    return {
      serverId,
      revision: book.get(serverId)?.revision ?? asked.revision,
      ...(isKnown && { already: true }),
      ...toldOf(live),
      ...(isLater && { appliesAtNextStart: true }),
    };
  }

  /** A game has announced settings, which it had otherwise before. One that an operator has changed since waits. */
  announced(serverId: string, settings: Settings, was: Settings): Promise<void> {
    const { book } = this.options;
    const now = book.get(serverId)?.settings;
    const isNews = ([name]: readonly [string, unknown]): boolean =>
      isDeepStrictEqual(now?.[name] ?? null, was[name] ?? null);
    return book.announce(serverId, Object.fromEntries(Object.entries(settings).filter(isNews)));
  }

  /** Whether the server runs as it was defined before. */
  #runsBehind(serverId: string): boolean {
    const status = this.options.statusOf(serverId);
    const runs = status?.state === 'down' || status?.state === 'failed' ? undefined : status?.revision;
    return runs !== undefined && runs < (this.options.book.get(serverId)?.changedIn ?? 0);
  }

  /** Tells a game that is up of what it does not have yet. */
  async #changeLive(start: StartInHand, { settings = {} }: StartRequest): Promise<LiveChange | undefined> {
    const { serverId, isKnown } = start;
    if (isKnown && !this.#runsBehind(serverId)) return undefined;
    return this.options.changeLive({ ...startData(start), given: Object.keys(settings) });
  }

  /** A worker has said what is true. */
  seen(status: ServerStatus): void {
    const accepted = this.#starts.acceptedBy(status);
    if (accepted) void this.#accept(accepted);
    const { serverId, port, digest, plainSettings: plain, revision = 0 } = status;
    const { book } = this.options;
    const isRun = status.state === 'up' || status.state === 'starting';
    if (!isRun) return;
    // a run of an older revision may have other settings, and another funpack
    const isOfRun = revision >= (book.get(serverId)?.changedIn ?? Infinity);
    book.remember(serverId, {
      ...(port !== undefined && { port }),
      ...(digest !== undefined && { digest }),
      ...(plain && isOfRun && { plain }),
    });
  }

  async #start({ command: { data }, ...rest }: Requested<'start'>): Promise<CommandResult> {
    const { router } = this.options;
    const { world } = data;
    const given = Object.keys(data.settings ?? {});
    const start = this.#startFor(data);
    this.#starts.add(start);
    try {
      const started = {
        ...startData(start),
        ...(world !== undefined && { world }),
        ...(given.length > 0 && { given }),
        ...(rest.isComingBack && { isComingBack: true }),
      };
      const result = await router.route({ ...rest, command: { name: 'start', data: started } });
      await this.#accept(start);
      const live = result.already === true ? await this.#changeLive(start, data) : undefined;
      return { ...result, ...toldOf(live), ...(!live?.isWhole && this.#isLater(start, result)) };
    } finally {
      this.#starts.remove(start);
    }
  }

  /** The definition that the server is to have. Throws `bad_command` if nothing says that, and `port_taken`. */
  #startFor(data: StartRequest): StartInHand {
    const { book, home } = this.options;
    const { serverId, port } = data;
    const before = book.get(serverId);
    const defined = definedBy(data, before);
    if (!defined) {
      throw new PinkyError(
        'bad_command',
        `start: funpack (or funpackUrl) is missing, and nothing is known of a server ${serverId}`,
      );
    }
    if (port !== undefined) assertPortIsNobodys({ home, serverId, port, others: book.all() });
    const isKnown = before !== undefined && isSameStart(defined, before);
    return {
      serverId,
      defined: isKnown ? before : defined,
      revision: isKnown ? before.revision : book.nextRevision(serverId),
      isKnown,
      wanted: 'up',
      isNew: before?.wanted !== 'up',
      isAccepted: false,
    };
  }

  async #restart({ command: { data }, ...rest }: Requested<'restart'>): Promise<CommandResult> {
    const { book, router, statusOf, isExpected } = this.options;
    const { serverId } = data;
    const definition = book.get(serverId);
    if (!definition) {
      if (statusOf(serverId) || isExpected(serverId) || rest.isTakenAgain) {
        return router.route({ ...rest, command: { name: 'restart', data } });
      }
      throw new PinkyError('not_running', `server ${serverId} is down, and nothing is known of it`);
    }
    const start: StartInHand = { ...inHand(definition), isRestart: true };
    this.#starts.add(start);
    try {
      const more = { serverId, start: startOf(definition) };
      const result = await router.route({ ...rest, command: { name: 'restart', data: more } });
      await this.#accept(start);
      return result;
    } finally {
      this.#starts.remove(start);
    }
  }

  async #stop({ command, ...rest }: Requested<'stop'>): Promise<CommandResult> {
    const { book, router } = this.options;
    const { serverId } = command.data;
    const written = this.wantDown(serverId);
    try {
      return await router.route({ ...rest, command });
    } finally {
      await written;
      await book.settled(serverId); // a start that it cancelled may have been accepted meanwhile
    }
  }

  /** A worker does what the start says, or has done it already. Resolves when the definition says so too. */
  #accept(start: StartInHand): Promise<void> {
    const { book } = this.options;
    const { serverId, defined, isKnown, wanted, revision } = start;
    if (start.isAccepted) return book.settled(serverId);
    start.isAccepted = true;
    const now = book.get(serverId);
    if (isKnown || (now && isSameStart(now, defined))) return book.want(serverId, wanted);
    const port = defined.port ?? now?.port;
    return book.define(serverId, { ...defined, ...(port !== undefined && { port }) }, { wanted, changedIn: revision });
  }

  /** A server that is up runs what it was started with. A change since then comes with its next start. */
  #isLater(
    { serverId, isKnown }: StartInHand,
    { already }: CommandResult,
  ): Pick<CommandResult, 'appliesAtNextStart'> {
    const run = this.options.statusOf(serverId)?.revision;
    const changedIn = this.options.book.get(serverId)?.changedIn ?? 0;
    // A worker of an older version does not say what it runs.
    const isLater = run === undefined ? already === true && !isKnown : run < changedIn;
    return isLater ? { appliesAtNextStart: true } : {};
  }
}

/** The things that a game was told, as they stand in an answer. */
const toldOf = (change: LiveChange | undefined): Pick<CommandResult, 'live' | 'refused'> => ({
  ...(change && change.live.length > 0 && { live: change.live }),
  ...(change && Object.keys(change.refused).length > 0 && { refused: change.refused }),
});

/** Without the fields that only the definition has. */
const startData = ({ serverId, revision, defined }: StartInHand): StartOrder =>
  startOf({ ...defined, format: 1, serverId, revision, changedIn: revision, wanted: 'up', wantedSince: 0 });

const inHand = (definition: Definition): StartInHand => ({
  serverId: definition.serverId,
  defined: definition,
  revision: definition.revision,
  isKnown: true,
  wanted: 'up',
  isNew: definition.wanted !== 'up',
  isAccepted: false,
});
