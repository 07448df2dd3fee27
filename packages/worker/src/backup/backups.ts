import { existsSync } from 'node:fs';
import {
  assertRoom,
  PinkyError,
  safetyOf,
  readMaintenance,
  toErrorAnswer,
  type BackupResult,
  type BoxConfig,
  type Clock,
  type ErrorCode,
  type Logger,
  type ParkedWorld,
  type ProgressListener,
} from '@pinky/protocol';
import type { GameServer } from '../life/game-server.js';
import { takeFunpack } from '../prepare/take-funpack.js';
import type { ServerFiles } from '../record/server-files.js';
import { BackupTalk } from './backup-talk.js';
import { BackupWarnings } from './backup-warnings.js';
import type { BackupSchedule } from './backup-schedule.js';
import type { BackupRank, Turns } from '../admission/backup-turns.js';
import type { Place } from '../admission/launch-admission.js';
import { backedUp, type WorldParking } from '../park/world-parking.js';
import type { BackupOrder, BackupStore } from './backup-store.js';

/** The overdue backups of a box are spread over this time, milliseconds. */
const spreadMs = 60_000;

export interface BackupsParts {
  readonly server: GameServer;
  readonly schedule: BackupSchedule;
  readonly store: BackupStore;
  readonly parking: WorldParking;
  readonly turns: Turns;
  readonly files: ServerFiles;
  readonly config: () => BoxConfig;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  readonly onProgress: ProgressListener;
}

/** The special things about one backup. */
export interface BackupWish extends Pick<BackupOrder, 'isForced' | 'isUnclean'> {
  /** Its place before others that wait for their turn. Default: `asked`. */
  readonly rank?: BackupRank;
}

/** Writes the backups of one server, one at a time, and tells of each. */
export class Backups {
  #tail: Promise<unknown> = Promise.resolve();
  #abort = new AbortController();
  readonly #talk: BackupTalk;
  readonly #warnings: BackupWarnings;

  constructor(private readonly parts: BackupsParts) {
    this.#talk = new BackupTalk(parts.server);
    this.#warnings = new BackupWarnings(parts.server);
  }

  /** Says to an adopted game what the worker before owes it, if that died during a backup. */
  settle(): void {
    this.#tail = this.#tail.then(() => this.#talk.after(false)).catch(() => undefined);
  }

  /** Plans backups, at the interval of the funpack or the box. */
  schedule(): void {
    const { server, schedule, config } = this.parts;
    if (!server.isPersistent) return;
    const intervalMs = (): number => server.funpack?.manifest.backup?.intervalMs ?? config().backup.intervalMs;
    schedule.start({
      intervalMs,
      due: () => this.run({ rank: 'due' }).finally(() => this.#countFrom(this.parts.clock.wallNow())),
      ageMs: async () => this.#noted(await this.#ageMs(intervalMs())),
    });
  }

  /**
   * Backs the world up. If the game has saved nothing, the answer is the newest backup from before. Throws
   * `unsupported` for a game without a world, `no_world`, `backup_failed` or a similar code.
   */
  run(wish: BackupWish = {}): Promise<BackupResult | Pick<BackupResult, 'url'>> {
    return this.#afterOthers((signal) => this.#backUp(signal, wish));
  }

  /** Backs up the parked world with which the next start goes on, if no backup holds it. Otherwise as `latest`. */
  async ofParked(wish: BackupWish = {}): Promise<BackupResult | Pick<BackupResult, 'url'>> {
    const { parking } = this.parts;
    const park = await parking.current(this.#abort.signal);
    const isNeeded = park !== undefined && (wish.isForced || (await safetyOf(park)) === 'unsaved');
    return isNeeded ? this.#afterOthers((signal) => this.#backUpParked(park, signal, wish)) : this.latest();
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
    // servers that come up together are not all backed up together
    if (from === undefined && ageMs < intervalMs) return ageMs + random() * (intervalMs - ageMs);
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

  #afterOthers<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal } = this.#abort;
    const mine = this.#tail.then(() => work(signal));
    this.#tail = mine.catch(() => undefined);
    return mine;
  }

  async #backUp(signal: AbortSignal, wish: BackupWish): Promise<BackupResult | Pick<BackupResult, 'url'>> {
    const { server, parking } = this.parts;
    signal.throwIfAborted();
    if (!server.isPersistent) {
      throw new PinkyError('unsupported', `server ${server.serverId}: its funpack keeps no world`);
    }
    if (!server.hasWorld && !(wish.isForced && parking.isInPlace)) return this.latest();
    return this.#told(signal, wish, () => this.#write(signal, wish));
  }

  /** Tells of a backup and of its failure. A world in which nothing is saved is answered with an older backup. */
  async #told<T extends Pick<BackupResult, 'url'>>(
    signal: AbortSignal,
    { rank = 'asked' }: BackupWish,
    write: () => Promise<T>,
  ): Promise<T | Pick<BackupResult, 'url'>> {
    const { server, turns } = this.parts;
    const onPlace = ({ at, of }: Place): void => {
      if (rank === 'final') server.state.expect({ what: `the final backup, which waits for its turn, ${at} of ${of}` });
    };
    try {
      return await turns.inTurn({ rank, signal, onPlace }, async () => {
        server.markBackingUp(true);
        if (rank === 'due') this.#assertFits();
        return write();
      });
    } catch (error) {
      if (isCode(error, 'no_world')) return await this.latest().catch(() => { throw error; });
      if (!signal.aborted) this.#tellFailure(error);
      throw error;
    } finally {
      server.markBackingUp(false);
    }
  }

  /** A backup that is only due takes nothing of what running games may need. The last one tells how large it gets. */
  #assertFits(): void {
    const { server: { serverId, backup }, config } = this.parts;
    const { backups: dir, disk } = config();
    const neededBytes = backup?.size ?? 0;
    assertRoom({ what: `the backup of ${serverId} that is due`, dir, neededBytes }, disk?.reserve);
  }

  /** The folder of the version before may be removed while a game of it runs: the present version ships another. */
  #lookForFunpack(): void {
    const { server } = this.parts;
    const { now: record } = server.record;
    if (record && server.prepared && !existsSync(server.prepared.funpack.dir)) takeFunpack(this.parts, record);
  }

  async #write(signal: AbortSignal, wish: BackupWish): Promise<BackupResult> {
    this.#lookForFunpack();
    const { server: { prepared }, store, clock } = this.parts;
    const begun = clock.now();
    try {
      if (!wish.isForced) await this.#talk.before(signal);
      return this.#written(wish, await store.write({ ...this.#order(signal, wish), prepared }), begun);
    } finally {
      await this.#talk.after(signal.aborted);
    }
  }

  async #backUpParked(
    park: ParkedWorld,
    signal: AbortSignal,
    wish: BackupWish,
  ): Promise<BackupResult | Pick<BackupResult, 'url'>> {
    const { store, parking, clock } = this.parts;
    return this.#told(signal, wish, async () => {
      const begun = clock.now();
      const result = this.#written(wish, await store.writeParked({ ...this.#order(signal, wish), park }), begun);
      const { funpackDir } = park.record ?? {};
      parking.note(park, {
        ...(funpackDir !== undefined && { funpackDir }),
        ...backedUp(result),
        newest: await parking.newest(),
      });
      return result;
    });
  }

  #order(signal: AbortSignal, { isForced, isUnclean, rank }: BackupWish): Omit<BackupOrder, 'prepared'> {
    const { config, files, onProgress } = this.parts;
    return {
      config: config(),
      files,
      signal,
      onProgress,
      ...(rank === 'final' && { isFinal: true as const }),
      ...(isForced && { isForced }),
      ...(isUnclean && { isUnclean }),
    };
  }

  /** `begun`: when its turn came, on the clock of durations. */
  #written({ isUnclean }: BackupWish, written: BackupResult, begun: number): BackupResult {
    const { server, clock } = this.parts;
    const result = { ...written, ...(isUnclean && { isUnclean }) };
    server.runs.note('backed_up', { ...result, took_ms: Math.round(clock.now() - begun) });
    server.noteBackup(result);
    this.#warnings.tell(readMaintenance(this.parts.config().home));
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
