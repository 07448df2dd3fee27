import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  boxPaths,
  commandDeadlineMs,
  commandRules,
  installedPaths,
  namesIn,
  parkedWorlds,
  parkOf,
  PinkyError,
  safetyOf,
  serverPaths,
  worldBackups,
  type BoxConfig,
  type CommandResult,
  type RemoveData,
  type ServerStatus,
} from '@pinky/protocol';
import type { RoutedCommand } from '../routing/routed-command.js';
import type { DefinitionBook } from './definition-book.js';
import type { HeldServers } from './held-servers.js';

export interface ServerRemovalOptions {
  readonly book: DefinitionBook;
  readonly router: { route(routed: RoutedCommand): Promise<CommandResult> };
  readonly statusOf: (serverId: string) => ServerStatus | undefined;
  readonly isExpected: (serverId: string) => boolean;
  /** Whether a start of the server is on its way. */
  readonly isStarting: (serverId: string) => boolean;
  readonly config: () => BoxConfig;
  /** Servers that are being removed are not started. */
  readonly held: HeldServers;
}

type Remove = RoutedCommand & { readonly command: { readonly name: 'rm' } };

/** Forgets a server for good, for `rm`: its definition and its history, and its backups if that was asked for. */
export class ServerRemoval {
  constructor(private readonly options: ServerRemovalOptions) {}

  /** Throws `already_up`, `stopping`, `not_ready`, or `world_unsaved`; then nothing was removed. */
  async remove(routed: Remove): Promise<CommandResult> {
    const { serverId } = routed.command.data;
    this.#assertDown(serverId);
    return this.#whileHeld(serverId, () => this.#remove(routed));
  }

  async #remove(routed: Remove): Promise<CommandResult> {
    const { book, router, statusOf, isExpected, config } = this.options;
    const { command: { data } } = routed;
    const { serverId } = data;
    const { home, servers, backups } = config();
    const hasParks = parkedWorlds(servers, serverId).length > 0;
    // a worker reads the backups of parked worlds back, if nobody did
    if (statusOf(serverId) || isExpected(serverId) || hasParks) await router.route(routed);
    await this.#assertSaved(data);
    const mine = [
      boxPaths(home).history(serverId),
      installedPaths(servers, serverId).dir,
      ...(data.withBackups ? [worldBackups(backups, serverId)] : []),
    ];
    const wasThere = hasParks || book.get(serverId) !== undefined || mine.some((path) => existsSync(path));
    await this.#forget(serverId, mine);
    return { serverId, state: 'down', ...(!wasThere && { already: true }) };
  }

  /** Whether a server is down and nothing of it is left that its backups do not hold. */
  async isAtRest(serverId: string): Promise<boolean> {
    return this.#isIdle(serverId) && (await this.#unsavedPark(serverId)) === undefined && this.#isIdle(serverId);
  }

  #isIdle(serverId: string): boolean {
    const { book, statusOf, isExpected, isStarting } = this.options;
    const isBusy = statusOf(serverId) !== undefined || isExpected(serverId) || isStarting(serverId);
    return book.get(serverId)?.wanted === 'down' && !isBusy;
  }

  /** Forgets a server that is at rest. Its backups stay. Throws what a worker says that cannot remove its worlds. */
  forget(serverId: string): Promise<void> {
    return this.#whileHeld(serverId, async () => {
      const { router, config } = this.options;
      const { home, servers } = config();
      if (!(await this.isAtRest(serverId))) return;
      const removal = { id: `unused:${randomUUID()}`, deadlineMs: commandDeadlineMs.rm };
      if (parkedWorlds(servers, serverId).length > 0)
        await router.route({ ...removal, command: { name: 'rm', data: { serverId } } });
      await this.#forget(serverId, [boxPaths(home).history(serverId), installedPaths(servers, serverId).dir]);
    });
  }

  /** No start comes in between, which could take a world that is half removed. */
  async #whileHeld<T>(serverId: string, work: () => Promise<T>): Promise<T> {
    const release = this.options.held.hold(serverId, 'it is being removed');
    try {
      return await work();
    } finally {
      release();
    }
  }

  async #forget(serverId: string, paths: readonly string[]): Promise<void> {
    await this.options.book.forget(serverId);
    for (const path of paths) await rm(path, { recursive: true, force: true });
    await this.#removeRecords(serverId);
  }

  /** A worker has removed the worlds themselves. The maintenance removes the rest. */
  async #removeRecords(serverId: string): Promise<void> {
    const parks = parkOf(this.options.config().servers, serverId);
    const records = namesIn(parks).filter((name) => name.endsWith('.json') && !name.startsWith('.'));
    for (const name of records) await rm(join(parks, name), { force: true });
    await rmdir(parks).catch(() => undefined); // something is in it, or it is gone
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

  /** A world that no verified backup holds is removed only if somebody says so. */
  async #assertSaved({ serverId, discard }: RemoveData): Promise<void> {
    if (discard) return;
    const { working } = serverPaths(this.options.config().servers, serverId);
    const kept = existsSync(working) ? working : await this.#unsavedPark(serverId);
    if (kept === undefined) return;
    throw new PinkyError('world_unsaved', `server ${serverId} has a world in ${kept} that no verified backup holds`);
  }

  /** Where a parked world lies that is in no backup which was read back. */
  async #unsavedPark(serverId: string): Promise<string | undefined> {
    for (const park of parkedWorlds(this.options.config().servers, serverId))
      if ((await safetyOf(park)) !== 'saved') return park.path;
    return undefined;
  }
}
