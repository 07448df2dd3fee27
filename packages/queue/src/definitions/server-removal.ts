import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  boxPaths,
  commandRules,
  PinkyError,
  serverPaths,
  worldBackups,
  type BoxConfig,
  type CommandResult,
  type RemoveData,
  type ServerStatus,
} from '@pinky/protocol';
import type { RoutedCommand } from '../routing/routed-command.js';
import type { DefinitionBook } from './definition-book.js';

export interface ServerRemovalOptions {
  readonly book: DefinitionBook;
  readonly router: { route(routed: RoutedCommand): Promise<CommandResult> };
  readonly statusOf: (serverId: string) => ServerStatus | undefined;
  readonly isExpected: (serverId: string) => boolean;
  /** Whether a start of the server is on its way. */
  readonly isStarting: (serverId: string) => boolean;
  readonly config: () => BoxConfig;
}

/** Forgets a server for good, for `rm`: its definition and its history, and its backups if that was asked for. */
export class ServerRemoval {
  constructor(private readonly options: ServerRemovalOptions) {}

  /** Throws `already_up`, `stopping`, or `world_unsaved`; then nothing was removed. */
  async remove(routed: RoutedCommand & { readonly command: { readonly name: 'rm' } }): Promise<CommandResult> {
    const { book, router, statusOf, isExpected, config } = this.options;
    const { command: { data } } = routed;
    const { serverId } = data;
    this.#assertDown(serverId);
    if (statusOf(serverId) || isExpected(serverId)) await router.route(routed);
    this.#assertSaved(data);
    const { home, servers, backups } = config();
    const mine = [
      boxPaths(home).history(serverId),
      parkedWorlds(servers, serverId),
      ...(data.withBackups ? [worldBackups(backups, serverId)] : []),
    ];
    const wasThere = book.get(serverId) !== undefined || mine.some((path) => existsSync(path));
    await this.#forget(serverId, mine);
    return { serverId, state: 'down', ...(!wasThere && { already: true }) };
  }

  /** Whether a server is down and nothing of it is left that its backups do not hold. */
  isAtRest(serverId: string): boolean {
    const { book, statusOf, isExpected, isStarting, config } = this.options;
    const isBusy = statusOf(serverId) !== undefined || isExpected(serverId) || isStarting(serverId);
    const definition = book.get(serverId);
    return definition?.wanted === 'down' && !isBusy && !existsSync(parkedWorlds(config().servers, serverId));
  }

  /** Forgets a server that is at rest. Its backups stay. */
  async forget(serverId: string): Promise<void> {
    if (this.isAtRest(serverId)) await this.#forget(serverId, [boxPaths(this.options.config().home).history(serverId)]);
  }

  async #forget(serverId: string, paths: readonly string[]): Promise<void> {
    await this.options.book.forget(serverId);
    for (const path of paths) await rm(path, { recursive: true, force: true });
  }

  #assertDown(serverId: string): void {
    const { statusOf, isStarting } = this.options;
    const state = statusOf(serverId)?.state ?? 'down';
    const rule = commandRules.rm[state];
    if (typeof rule !== 'object' && !isStarting(serverId)) return;
    throw new PinkyError(
      typeof rule === 'object' ? rule.reject : 'already_up',
      `server ${serverId}: rm is not possible while it is ${isStarting(serverId) ? 'being started' : state}`,
    );
  }

  /** A world that was set aside, and that no backup holds yet, is removed only if somebody says so. */
  #assertSaved({ serverId, discard }: RemoveData): void {
    const { servers } = this.options.config();
    const { working } = serverPaths(servers, serverId);
    const kept = [parkedWorlds(servers, serverId), working].find((path) => existsSync(path));
    if (kept === undefined || discard) return;
    throw new PinkyError('world_unsaved', `server ${serverId} has a world in ${kept} that no backup is known to hold`);
  }
}

const parkedWorlds = (servers: string, serverId: string): string => join(servers, '.parked', serverId);
