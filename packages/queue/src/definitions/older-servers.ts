import { readFileSync } from 'node:fs';
import {
  hasFields,
  serverPaths,
  type DefinedStart,
  type Logger,
  type StartData,
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

/** What a definition is made of, from a worker's record of a run. */
interface OlderRun {
  readonly start: DefinedStart;
  readonly wanted: WantedState;
}

/**
 * Makes definitions for servers that an older version started: out of their `server.json`, which holds what was asked
 * for. A run that has a revision was started by a version that knows definitions.
 */
export class OlderServers {
  constructor(private readonly options: OlderServersOptions) {}

  adoptAll(): void {
    for (const serverId of serverFolders(this.options.servers())) this.adopt(serverId);
  }

  /** Does nothing where there is a definition, unless an older version has started the server against it since. */
  adopt(serverId: string): void {
    const { book, servers, logger } = this.options;
    const known = book.get(serverId);
    if (known?.wanted === 'up') return;
    const run = olderRun(serverPaths(servers(), serverId).serverJson);
    if (!run || (known && run.wanted === 'down')) return;
    logger.info({ event: 'definition.adopted', serverId, wanted: run.wanted });
    void book.define(serverId, run.start, { wanted: run.wanted, changedIn: book.nextRevision(serverId) });
  }
}

/** Undefined where no older version wrote it, or where it does not say what ran. */
function olderRun(serverJson: string): OlderRun | undefined {
  const record = jsonOf(serverJson);
  if (!hasFields(record, { start: 'object', wanted: 'string' })) return undefined;
  const start = record.start as Partial<StartData>; // a worker wrote it whole; each field is looked at below
  const { funpack, funpackId, ram, settings, revision } = start;
  const isWhole = funpack !== undefined && ram !== undefined && settings !== undefined;
  // A worker whose record was damaged worked it out from its journals, and knows less.
  if (!isWhole || revision !== undefined || funpack.url === 'unknown') return undefined;
  const { port } = record as { readonly port?: unknown };
  return {
    wanted: record.wanted === 'up' ? 'up' : 'down',
    start: {
      funpack,
      ram,
      settings,
      ...(funpackId !== undefined && { funpackId }),
      ...(typeof port === 'number' && port > 0 && { port }),
    },
  };
}

function jsonOf(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined; // it has none, or the worker will say that it is damaged
  }
}
