import {
  hasFields,
  readJsonObject,
  serverPaths,
  type DefinedStart,
  type Definition,
  type Logger,
  type StartOrder,
  type WantedState,
} from '@pinky/protocol';
import { serverFolders } from '../routing/server-folders.js';
import type { DefinitionBook } from './definition-book.js';

export interface OlderServersOptions {
  readonly book: DefinitionBook;
  /** `$SERVERS`. */
  readonly servers: () => string;
  readonly logger: Logger;
}

/** The part of a worker's record of a run of which a definition is made. */
interface RecordedRun {
  readonly start: DefinedStart;
  readonly wanted: WantedState;
  /** The one of the start. Absent from records of versions without definitions. */
  readonly revision: number | undefined;
}

/**
 * Makes definitions out of `server.json`, which holds what a worker was asked for: for servers that an older version
 * started, and for those whose start was accepted just before the queue died.
 */
export class OlderServers {
  constructor(private readonly options: OlderServersOptions) {}

  adoptAll(): void {
    for (const serverId of serverFolders(this.options.servers())) this.adopt(serverId);
  }

  /** Does nothing if the definition says the same or more. */
  adopt(serverId: string): void {
    const { book, servers, logger } = this.options;
    const known = book.get(serverId);
    const run = runIn(serverPaths(servers(), serverId).serverJson);
    if (!run || (known && !isNewer(run, known))) return;
    logger.info({ event: 'definition.adopted', serverId, wanted: run.wanted });
    void book.define(serverId, run.start, {
      wanted: run.wanted,
      changedIn: run.revision ?? book.nextRevision(serverId),
    });
  }
}

/** A run without a revision is one of an older version, which may have started the server against its definition. */
const isNewer = (run: RecordedRun, known: Definition): boolean =>
  run.revision === undefined ? run.wanted === 'up' && known.wanted === 'down' : run.revision > known.revision;

/** Undefined if it does not say what ran. */
function runIn(serverJson: string): RecordedRun | undefined {
  const record = readJsonObject(serverJson); // without one, or with a damaged one, the worker says so
  if (!hasFields(record, { start: 'object', wanted: 'string' })) return undefined;
  const start = record.start as Partial<StartOrder>; // a worker wrote it whole; each field is looked at below
  const { funpack, funpackId, ram, isRamGiven, settings, revision, isPortFixed, onExit } = start;
  const isWhole = funpack !== undefined && ram !== undefined && settings !== undefined;
  // A worker whose record was damaged worked it out from its journals, and knows less.
  if (!isWhole || funpack.url === 'unknown') return undefined;
  const { port } = record as { readonly port?: unknown };
  return {
    wanted: record.wanted === 'up' ? 'up' : 'down',
    revision,
    start: {
      funpack,
      ram,
      settings,
      ...(funpackId !== undefined && { funpackId }),
      ...(typeof port === 'number' && port > 0 && { port }),
      ...(isPortFixed && { isPortFixed }),
      ...(isRamGiven && { isRamGiven }),
      ...(onExit !== undefined && { onExit }),
    },
  };
}
