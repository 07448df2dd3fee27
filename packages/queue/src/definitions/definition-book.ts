import { isDeepStrictEqual } from 'node:util';
import {
  deferred,
  definedServers,
  isSameFunpack,
  messageOf,
  portsOf,
  readDefinition,
  type Clock,
  type DefinedStart,
  type Definition,
  type Logger,
  type Schedule,
  type WantedState,
} from '@pinky/protocol';
import { DefinitionFiles } from './definition-files.js';

/** Pause before a write that the disk refused is tried again, milliseconds. */
const retryMs = 1_000;

interface DefinitionWrite {
  readonly done: Promise<void>;
  /** Done, or refused by the disk for the first time. */
  readonly tried: Promise<void>;
}

export interface DefinitionBookOptions {
  readonly home: string;
  readonly logger: Logger;
  readonly clock: Clock;
}

/**
 * The definitions of all servers of this box, in memory and on disk. Nothing else writes either. Memory changes at
 * once; each change resolves when it is on the disk.
 */
export class DefinitionBook {
  readonly #definitions = new Map<string, Definition>();
  /** The last write of each server that is under way. */
  readonly #writes = new Map<string, DefinitionWrite>();
  /** The highest revision that was given out, by server. */
  readonly #revisions = new Map<string, number>();
  readonly #files: DefinitionFiles;
  #ports: Promise<void> = Promise.resolve();
  readonly #end = new AbortController();

  constructor(private readonly options: DefinitionBookOptions) {
    this.#files = new DefinitionFiles(options.home);
  }

  /** Reads what there is. Call it once, as soon as this process alone may write. */
  load(): void {
    const { home, logger } = this.options;
    this.#files.removeUnfinished();
    for (const serverId of definedServers(home)) {
      const definition = readDefinition(home, serverId);
      if (definition === 'damaged') logger.error({ event: 'definition.damaged', serverId });
      else if (definition) this.#definitions.set(serverId, definition);
    }
    if (this.#definitions.size > 0) this.#writePorts();
  }

  get(serverId: string): Definition | undefined {
    return this.#definitions.get(serverId);
  }

  all(): Definition[] {
    return [...this.#definitions.values()];
  }

  /** A revision for a start that is to be asked for. No other start has it. */
  nextRevision(serverId: string): number {
    const revision = Math.max(this.#revisions.get(serverId) ?? 0, this.get(serverId)?.revision ?? 0) + 1;
    this.#revisions.set(serverId, revision);
    return revision;
  }

  /** Makes a definition, or changes what a start has to apply. A run that was started with `changedIn` has it. */
  define(
    serverId: string,
    start: DefinedStart,
    { wanted, changedIn }: { readonly wanted: WantedState; readonly changedIn: number },
  ): Promise<void> {
    const before = this.get(serverId);
    return this.#put({
      ...(before && without(before, start)),
      ...start,
      format: 1,
      serverId,
      revision: Math.max(changedIn, (before?.revision ?? 0) + 1),
      changedIn,
      wanted,
      wantedSince: before?.wanted === wanted ? before.wantedSince : this.#now,
    });
  }

  /** Says whether a server is to be up. Resolves at once if that is so already, and on the disk. */
  want(serverId: string, wanted: WantedState): Promise<void> {
    const before = this.get(serverId);
    if (!before || before.wanted === wanted) return this.settled(serverId);
    return this.#put({ ...before, revision: this.nextRevision(serverId), wanted, wantedSince: this.#now });
  }

  /** Remembers what a run turned out to have. It asks for no start. */
  remember(serverId: string, seen: Pick<Definition, 'port' | 'digest' | 'plain'>): void {
    const before = this.get(serverId);
    if (!before) return;
    const port = before.isPortFixed ? before.port : (seen.port ?? before.port);
    const digest = seen.digest ?? before.digest;
    const plain = seen.plain ?? before.plain;
    if (port === before.port && digest === before.digest && isDeepStrictEqual(plain, before.plain)) return;
    void this.#put({
      ...before,
      revision: this.nextRevision(serverId),
      ...(port !== undefined && { port }),
      ...(digest !== undefined && { digest }),
      ...(plain !== undefined && { plain }),
    });
  }

  /** The running game has these settings now, so no start has to apply them. */
  announce(serverId: string, settings: Definition['settings']): Promise<void> {
    const before = this.get(serverId);
    if (!before || Object.keys(settings).length === 0) return this.settled(serverId);
    const revision = this.nextRevision(serverId);
    return this.#put({ ...before, revision, settings: { ...before.settings, ...settings } });
  }

  /** Exchanges the schedules of a server. They ask for no start. Without a definition there is nothing to change. */
  schedule(serverId: string, schedules: readonly Schedule[]): Promise<void> {
    const before = this.get(serverId);
    if (!before) return this.settled(serverId);
    return this.#put({ ...before, revision: this.nextRevision(serverId), schedules });
  }

  /** Resolves when what was said of the server so far is on the disk. */
  settled(serverId: string): Promise<void> {
    return this.#writes.get(serverId)?.tried ?? Promise.resolve();
  }

  forget(serverId: string): Promise<void> {
    const hadPort = this.get(serverId)?.port !== undefined;
    this.#definitions.delete(serverId);
    if (hadPort) this.#writePorts();
    return this.#write(serverId);
  }

  /** Finishes the writes that are under way, but waits for no disk. */
  async stop(): Promise<void> {
    this.#end.abort();
    await Promise.all([this.#ports, ...[...this.#writes.values()].map(({ done }) => done)]);
  }

  get #now(): number {
    return Math.round(this.options.clock.wallNow());
  }

  #put(definition: Definition): Promise<void> {
    const before = this.get(definition.serverId);
    this.#definitions.set(definition.serverId, definition);
    const isSamePort = before?.port === definition.port && before?.isPortFixed === definition.isPortFixed;
    if (!isSamePort) this.#writePorts();
    return this.#write(definition.serverId);
  }

  /** A worker reads them when it takes a port. It needs no definition for that. */
  #writePorts(): void {
    const { logger } = this.options;
    this.#ports = this.#ports
      .then(() => this.#files.writePorts(portsOf(this.#definitions.values())))
      .catch((error: unknown) => logger.warn({ event: 'ports.unwritten', because: messageOf(error) }));
  }

  /** One write after the other. A disk that refuses is asked again and again, and nobody waits for that. */
  #write(serverId: string): Promise<void> {
    const tried = deferred<void>();
    const before = this.#writes.get(serverId)?.done ?? Promise.resolve();
    const done = before
      .then(() => this.#writeUntilDone(serverId, () => tried.resolve()))
      .finally(() => {
        tried.resolve();
        if (this.#writes.get(serverId)?.done === done) this.#writes.delete(serverId);
      });
    this.#writes.set(serverId, { done, tried: tried.promise });
    return tried.promise;
  }

  async #writeUntilDone(serverId: string, tried: () => void): Promise<void> {
    const { logger, clock } = this.options;
    for (;;) {
      try {
        const definition = this.get(serverId);
        await (definition ? this.#files.write(definition) : this.#files.remove(serverId));
        return;
      } catch (error) {
        logger.error({ event: 'definition.unwritten', serverId, because: messageOf(error) });
        tried();
        if (!(await clock.rest(retryMs, this.#end.signal))) return;
      }
    }
  }
}

/**
 * A field that a newer version may have written stays; a field that a start names is written anew. Another funpack has
 * other secrets.
 */
function without(
  {
    funpack,
    funpackId: _id,
    ram: _ram,
    isRamGiven: _given,
    settings: _settings,
    plain,
    port: _port,
    isPortFixed: _fixed,
    onExit: _onExit,
    ...rest
  }: Definition,
  start: DefinedStart,
): Partial<Definition> {
  return { ...rest, ...(plain && isSameFunpack(funpack, start.funpack) && { plain }) };
}
