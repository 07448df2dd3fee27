import {
  PinkyError,
  toErrorAnswer,
  type BackupResult,
  type BoxConfig,
  type Clock,
  type ErrorCode,
  type Logger,
  type ProgressListener,
} from '@pinky/protocol';
import type { GameServer } from '../life/game-server.js';
import type { ServerFiles } from '../record/server-files.js';
import { BackupTalk } from './backup-talk.js';
import type { BackupSchedule } from './backup-schedule.js';
import type { BackupStore } from './backup-store.js';

/** The overdue backups of a box are spread over this time, milliseconds. */
const spreadMs = 60_000;

export interface BackupsParts {
  readonly server: GameServer;
  readonly schedule: BackupSchedule;
  readonly store: BackupStore;
  readonly files: ServerFiles;
  readonly config: () => BoxConfig;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  readonly onProgress: ProgressListener;
}

/** Writes the backups of one server, one at a time, and tells of each. */
export class Backups {
  #tail: Promise<unknown> = Promise.resolve();
  #abort = new AbortController();

  readonly #talk: BackupTalk;

  constructor(private readonly parts: BackupsParts) {
    this.#talk = new BackupTalk(parts.server);
  }

  /** Whether the world of this server outlives a stop. It does if the funpack cannot be read any more. */
  get isPersistent(): boolean {
    const { funpack, record } = this.parts.server;
    return funpack ? funpack.manifest.persistent === true : record.now?.funpack !== undefined;
  }

  /** Whether there is a world that is worth a backup. */
  get hasWorld(): boolean {
    const record = this.parts.server.record.now;
    return record?.hasWorld === true && !record.isWorldUnused;
  }

  /** Says to an adopted game what the worker before owes it, if that died during a backup. */
  settle(): void {
    this.#tail = this.#tail.then(() => this.#talk.after(false)).catch(() => undefined);
  }

  /** Plans backups, at the interval of the funpack or the box. */
  schedule(): void {
    const { server, schedule, config } = this.parts;
    if (!this.isPersistent) return;
    const intervalMs = (): number => server.funpack?.manifest.backup?.intervalMs ?? config().backup.intervalMs;
    schedule.start({
      intervalMs,
      due: () => this.run().finally(() => this.#countFrom(this.parts.clock.wallNow())),
      ageMs: async () => this.#noted(await this.#ageMs(intervalMs())),
    });
  }

  /**
   * Backs the world up. If the game has saved nothing, the answer is the newest backup from before. Throws
   * `unsupported` for a game without a world, `no_world`, `backup_failed` or a similar code.
   */
  run({ isFinal = false } = {}): Promise<BackupResult | Pick<BackupResult, 'url'>> {
    const { signal } = this.#abort;
    const mine = this.#tail.then(() => this.#backUp(signal, isFinal));
    this.#tail = mine.catch(() => undefined);
    return mine;
  }

  /** The newest backup. Throws `no_world`. */
  async latest(): Promise<Pick<BackupResult, 'url'>> {
    const { server: { serverId }, store, config } = this.parts;
    const latest = await store.latest(config().backups, serverId);
    if (!latest) throw new PinkyError('no_world', `server ${serverId} has never been backed up`);
    return { url: latest.url };
  }

  /** Ends a backup that is under way, because the stop makes its own. */
  async cut(): Promise<void> {
    const { serverId } = this.parts.server;
    this.#abort.abort(
      new PinkyError('cancelled', `server ${serverId}: the backup was cut short by a stop, which makes its own`),
    );
    await this.#tail;
    this.#abort = new AbortController();
  }

  /**
   * How long this server has gone without a backup. A game that was taken over was up before. A backup that is long
   * overdue is made within a minute, at a random moment, so that the servers of a box do not all begin at once.
   */
  async #ageMs(intervalMs: number): Promise<number> {
    const { server: { state, record }, clock, random } = this.parts;
    const from = record.now?.backupFrom;
    const ageMs = Math.max(0, clock.wallNow() - (from ?? state.since));
    if (ageMs < intervalMs + (from === undefined ? 0 : spreadMs)) return ageMs;
    const overdueMs = from === undefined ? Math.min(ageMs, await this.#newestAgeMs()) : ageMs;
    return Math.min(overdueMs, intervalMs - random() * Math.min(spreadMs, intervalMs));
  }

  /** If the backups cannot be read, the next one will say so. */
  async #newestAgeMs(): Promise<number> {
    const { server: { serverId }, store, config, clock } = this.parts;
    const newestAt = await store.latestAt(config().backups, serverId).catch(() => undefined);
    return newestAt === undefined ? Infinity : Math.max(0, clock.wallNow() - newestAt);
  }

  /** Writes an age down, so that a worker that dies does not begin the time to the next backup anew. */
  #noted(ageMs: number): number {
    this.#countFrom(this.parts.clock.wallNow() - ageMs);
    return ageMs;
  }

  #countFrom(wallMs: number): void {
    const { server: { record }, files } = this.parts;
    const backupFrom = Math.round(wallMs);
    if (!files.areLetGo && record.now && record.now.backupFrom !== backupFrom) record.tryChange({ backupFrom });
  }

  async #backUp(signal: AbortSignal, isFinal: boolean): Promise<BackupResult | Pick<BackupResult, 'url'>> {
    const { server } = this.parts;
    signal.throwIfAborted();
    if (!this.isPersistent) {
      throw new PinkyError('unsupported', `server ${server.serverId}: its funpack keeps no world`);
    }
    if (!this.hasWorld) return this.latest();
    server.markBackingUp(true);
    try {
      return await this.#write(signal, isFinal);
    } catch (error) {
      if (isCode(error, 'no_world')) return await this.latest().catch(() => { throw error; });
      if (!signal.aborted) this.#tellFailure(error);
      throw error;
    } finally {
      server.markBackingUp(false);
    }
  }

  async #write(signal: AbortSignal, isFinal: boolean): Promise<BackupResult> {
    const { server: { runs, prepared }, server, store, config, files, onProgress } = this.parts;
    const order = {
      config: config(),
      files,
      prepared,
      signal,
      onProgress,
      isFinal,
    };
    let result: BackupResult;
    try {
      await this.#talk.before(signal);
      result = await store.write(order);
    } finally {
      await this.#talk.after(signal.aborted);
    }
    runs.note('backed_up', { ...result });
    server.noteBackup(result);
    return result;
  }

  #tellFailure(error: unknown): void {
    const { server: { serverId, runs }, log } = this.parts;
    const { code, message } = toErrorAnswer(error);
    log.error({ event: 'server.backup_failed', serverId, code, message });
    runs.note('backup_failed', { code, message });
  }
}

const isCode = (error: unknown, code: ErrorCode): boolean => error instanceof PinkyError && error.code === code;
