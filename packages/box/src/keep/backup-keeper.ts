import {
  backupStore,
  bytesOfShare,
  toErrorAnswer,
  type BoxConfig,
  type Clock,
  type Logger,
} from '@pinky/protocol';
import type { MaintainTask, RunnerResults } from '@pinky/funpack-runner/light';
import { BackupMark } from './backup-mark.js';

/** Pause before the first round, in which the servers of the box come up, and between two looks. Milliseconds. */
const firstLookMs = 5_000;
const lookMs = 5_000;
/** A round is due after this time, even if no folder of backups has changed. Milliseconds. */
const roundMs = 3_600_000;
/** Pause after a round that could not do everything. It doubles with each further one. Milliseconds. */
const firstRetryMs = 10_000;
const longestRetryMs = 900_000;

type Maintained = RunnerResults['maintain'];

export interface BackupKeeperOptions {
  readonly config: () => BoxConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Does the work. Default: a funpack-runner, one at a time, at the lowest priority. */
  readonly maintain?: (task: MaintainTask, signal: AbortSignal) => Promise<Maintained>;
  /** Changes whenever a backup was written or removed, or a world parked. Default: by a `BackupMark`. */
  readonly mark?: (backupsDir: string, servers: string) => Promise<string>;
}

/**
 * Has a runner look after the backups that no worker owns any more, soon after each change and once an hour. It needs
 * nothing but files: neither the queue nor Redis has to run.
 */
export class BackupKeeper {
  #mark = '';
  #settings = '';
  #failures = 0;
  #nextAt = 0;
  readonly #marks = new BackupMark();

  constructor(private readonly options: BackupKeeperOptions) {}

  /** Resolves when the signal aborts; a round that is under way is ended, and the next one goes on with it. */
  async keep(signal: AbortSignal): Promise<void> {
    const { clock } = this.options;
    for (let pauseMs = firstLookMs; !signal.aborted; pauseMs = lookMs) {
      await clock.rest(pauseMs, signal);
      try {
        if (!signal.aborted && (await this.#isDue())) await this.#round(signal);
      } catch (error) {
        this.options.logger.warn({ event: 'backups.not_looked_at', error: toErrorAnswer(error).message });
      }
    }
  }

  /** While a store is down, its pause counts: a new backup does not shorten it, and other settings do. */
  async #isDue(): Promise<boolean> {
    const { config, clock, mark = (backupsDir, servers) => this.#marks.of(backupsDir, servers) } = this.options;
    const [seen, settings] = [await mark(config().backups, config().servers), JSON.stringify(await taskOf(config()))];
    const isNews = settings !== this.#settings || (seen !== this.#mark && this.#failures === 0);
    this.#mark = seen;
    this.#settings = settings;
    return isNews || clock.now() >= this.#nextAt;
  }

  async #round(signal: AbortSignal): Promise<void> {
    const { config, clock, logger, maintain = maintainInRunner } = this.options;
    let isDone = false;
    try {
      const { done, problems, waiting } = await maintain(await taskOf(config()), signal);
      isDone = Object.keys(problems).length === 0;
      if (Object.values(done).some((count) => count > 0)) logger.info({ event: 'backups.maintained', ...done });
      if (!isDone) logger.warn({ event: 'backups.waiting', problems, servers: Object.keys(waiting).length });
    } catch (error) {
      if (!signal.aborted) logger.warn({ event: 'backups.not_maintained', error: toErrorAnswer(error).message });
    }
    this.#failures = isDone ? 0 : this.#failures + 1;
    const retryMs = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.max(0, this.#failures - 1));
    this.#nextAt = clock.now() + (isDone ? roundMs : retryMs);
  }
}

async function taskOf(config: BoxConfig): Promise<MaintainTask> {
  const { s3AccessOf } = await import('@pinky/funpack-runner/light');
  const store = backupStore(config.backup);
  const { parked, retention, backup: { keep } } = config;
  const maxBytes = parked && bytesOfShare(parked.maxSize, config.servers);
  return {
    type: 'maintain',
    home: config.home,
    servers: config.servers,
    backupsDir: config.backups,
    allowedHosts: config.allowedHosts,
    s3: s3AccessOf(config),
    ...(store !== undefined && { store }),
    ...(keep !== undefined && { keep }),
    ...(retention && { retention }),
    ...(parked && maxBytes !== undefined && { parked: { keepForMs: parked.keepForMs, maxBytes } }),
  };
}

async function maintainInRunner(task: MaintainTask, signal: AbortSignal): Promise<Maintained> {
  // loaded late, so that the start of the box does not wait for it
  const { runTask } = await import('@pinky/funpack-runner/light');
  return runTask(task, { serverId: 'backups', signal });
}
