import { latestBackup, listBackups, runTask } from '@pinky/funpack-runner/light';
import { PinkyError, toErrorAnswer, type BackupResult, type ErrorCode } from '@pinky/protocol';
import type { GameServer } from '../life/game-server.js';

/** Over how long the overdue backups of a box are spread, milliseconds. */
const spreadMs = 60_000;

/** Writes backups of one server, one at a time, and tells of each. */
export class Backups {
  #tail: Promise<unknown> = Promise.resolve();
  #abort = new AbortController();

  constructor(private readonly server: GameServer) {}

  /**
   * Whether this server's world outlives a stop. Of a funpack that cannot be read any more it is not known, so it does.
   */
  get isPersistent(): boolean {
    const { funpack, record } = this.server;
    return funpack ? funpack.manifest.persistent === true : record?.funpack !== undefined;
  }

  /** Whether there is a world that a backup would be worth something of. */
  get hasWorld(): boolean {
    const { record } = this.server;
    return record?.hasWorld === true && !record.isWorldUnused;
  }

  /** Backups at the box's or the funpack's interval, from now on. */
  schedule(): void {
    const { server } = this;
    if (!this.isPersistent) return;
    const intervalMs = (): number =>
      server.funpack?.manifest.backup?.intervalMs ?? server.options.config().backup.intervalMs;
    server.backups.start({ intervalMs, due: () => this.run(), ageMs: () => this.#ageMs(intervalMs()) });
  }

  /**
   * How long this server has gone without a backup: a game that is taken over was up before. Where one is overdue, it
   * is made within a minute, and not at the same moment for every server of the box.
   */
  async #ageMs(intervalMs: number): Promise<number> {
    const { clock, config } = this.server.options;
    const { serverId, since } = this.server.status();
    const upMs = Math.max(0, clock.wallNow() - since);
    if (upMs < intervalMs) return upMs;
    // unreadable: the backup itself will say so
    const newest = (await listBackups(config().backups, serverId).catch(() => [])).at(-1);
    const ageMs = newest ? Math.min(upMs, Math.max(0, clock.wallNow() - newest.seconds * 1_000)) : upMs;
    return Math.min(ageMs, intervalMs - Math.random() * Math.min(spreadMs, intervalMs));
  }

  /**
   * Of a game that has saved nothing the newest backup from before counts. Throws `unsupported` for a game without a
   * world, `backup_failed` and its like, `no_world`.
   */
  run(): Promise<BackupResult | Pick<BackupResult, 'url'>> {
    const { signal } = this.#abort;
    const mine = this.#tail.then(() => this.#backUp(signal));
    this.#tail = mine.catch(() => undefined);
    return mine;
  }

  /** The newest backup there is. Throws `no_world`. */
  async latest(): Promise<Pick<BackupResult, 'url'>> {
    const { server } = this;
    const latest = await latestBackup(server.options.config().backups, server.serverId);
    if (!latest) throw new PinkyError('no_world', `server ${server.serverId} has never been backed up`);
    return { url: latest.url };
  }

  /** Ends a backup that is under way, because the one that a stop makes is due. */
  async cut(): Promise<void> {
    this.#abort.abort(
      new PinkyError(
        'cancelled',
        `server ${this.server.serverId}: the backup was cut short by a stop, which makes its own`,
      ),
    );
    await this.#tail;
    this.#abort = new AbortController();
  }

  async #backUp(signal: AbortSignal): Promise<BackupResult | Pick<BackupResult, 'url'>> {
    const { server } = this;
    signal.throwIfAborted();
    if (!this.isPersistent) {
      throw new PinkyError('unsupported', `server ${server.serverId}: its funpack keeps no world`);
    }
    if (!this.hasWorld) return this.latest();
    this.#mark(true);
    try {
      await server.instance?.beforeBackup(signal);
      const result = await this.#write(signal);
      server.runs.note('backed_up', { ...result });
      return result;
    } catch (error) {
      if (isCode(error, 'no_world')) return await this.latest().catch(() => { throw error; });
      if (!signal.aborted) this.#tellFailure(error);
      throw error;
    } finally {
      this.#mark(false);
    }
  }

  async #write(signal: AbortSignal): Promise<BackupResult> {
    const { options, serverId, prepared } = this.server;
    const { files, onProgress, config } = options;
    const { url, size, sha256 } = await runTask(
      {
        type: 'backup',
        serverId,
        workingDir: files.paths.working,
        backupsDir: config().backups,
        keep: config().backup.keep,
        ...(prepared && { funpackDir: prepared.funpack.dir, context: prepared.context }),
      },
      { serverId, signal, onProgress },
    );
    return { url, size, sha256 };
  }

  #tellFailure(error: unknown): void {
    const { code, message } = toErrorAnswer(error);
    this.server.options.log.error({ event: 'server.backup_failed', serverId: this.server.serverId, code, message });
    this.server.runs.note('backup_failed', { code, message });
  }

  #mark(isBackingUp: boolean): void {
    this.server.isBackingUp = isBackingUp;
    this.server.options.onStatus();
  }
}

const isCode = (error: unknown, code: ErrorCode): boolean => error instanceof PinkyError && error.code === code;
