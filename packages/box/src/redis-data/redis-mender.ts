import { readRedisDamage, redisDamageFile, type Clock, type Logger, type RedisDamage } from '@pinky/protocol';
import type { ProcessTree } from '@pinky/supervisor';
import { renameSync, writeFileSync } from 'node:fs';
import { redisName } from '../children/child-names.js';
import { lacksFiles, stampOf } from './aof-files.js';
import { redisEnd } from './redis-end.js';
import { mendData, remedyFor, type MendOutcome } from './mend-data.js';

export interface RedisMenderOptions {
  readonly home: string;
  readonly redisDir: string;
  /** The output of Redis. */
  readonly logFile: string;
  readonly redisServer: string;
  readonly tree: Pick<ProcessTree, 'view'>;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Has the tree start Redis. */
  readonly launch: () => void;
}

/** Between two looks whether a person has changed the files, milliseconds. */
const lookMs = 2_000;
/** After so many looks the data is read again, even if no file has changed: the disk may have space again. */
const looksUntilAgain = 15;

/** Without the numbers that stand alone. */
const plain = (words: string | undefined): string | undefined =>
  words?.replace(/(?<= )\d+(?= )/g, '').replace(/\d+$/, '');

/**
 * Keeps the private Redis from being started for ever with data that it cannot read. When Redis ends with a complaint
 * about its data, the tree lets it rest, and this mends the data and starts it. The rest is said in
 * `damage.json` until a person has helped.
 */
export class RedisMender {
  readonly #over = new AbortController();
  #isAtWork = false;
  #told: string | undefined;

  constructor(private readonly options: RedisMenderOptions) {}

  /** Starts Redis, unless a look at its files shows that it would lose its data then. */
  startRedis(): void {
    this.#forgetStuck();
    if (lacksFiles(this.options.redisDir)) void this.#mend();
    else this.options.launch();
  }

  /** The tree asks when Redis has ended: whether it shall not start it again, because this will. */
  takesOver(): boolean {
    if (this.#isAtWork) return true;
    const view = this.options.tree.view(redisName);
    const exit = view?.lastExit;
    const hasFailed = view?.state === 'running' && view.pid === undefined && exit?.kind === 'code' && exit.code !== 0;
    if (!hasFailed || this.#over.signal.aborted) return false;
    const words = redisEnd(this.options.logFile);
    if (words?.isAboutData !== true) {
      this.#stuck(words?.text ?? `it ended with exit code ${exit.code}`, `read ${this.options.logFile}`);
      return false;
    }
    void this.#mend(words.text);
    return true;
  }

  /** Starts Redis no more. */
  stop(): void {
    this.#over.abort();
  }

  async #mend(complaint?: string): Promise<void> {
    this.#isAtWork = true;
    while (!(await this.#mendOnce(complaint))) {
      await this.#untilChanged();
      // A complaint that nothing was found for: only another start can tell whether it is settled.
      complaint = undefined;
    }
    this.#isAtWork = false;
    if (!this.#over.signal.aborted) this.options.launch();
  }

  /** Whether Redis may be started, or whether this is over. */
  async #mendOnce(complaint: string | undefined): Promise<boolean> {
    const { signal } = this.#over;
    const { redisDir, redisServer } = this.options;
    const outcome = await mendData(redisDir, { redisServer, signal });
    if (signal.aborted) return true;
    this.#tell(outcome, complaint);
    const isMended = ['cut', 'closed'].includes(outcome.kind) || (outcome.kind === 'fit' && complaint === undefined);
    if (isMended) this.#forgetStuck();
    return isMended;
  }

  async #untilChanged(): Promise<void> {
    const { clock, redisDir } = this.options;
    const stamp = stampOf(redisDir);
    for (let look = 0; look < looksUntilAgain; look++) {
      if (!(await clock.rest(lookMs, this.#over.signal)) || stampOf(redisDir) !== stamp) return;
    }
  }

  #tell(outcome: MendOutcome, complaint: string | undefined): void {
    const { logger, clock, redisDir } = this.options;
    switch (outcome.kind) {
      case 'cut':
        logger.warn({ event: 'redis.data_cut', ...outcome.cut });
        return this.#write({ cut: { at: clock.wallNow(), ...outcome.cut } });
      case 'closed': {
        const { file, bytes, copy } = outcome;
        return logger.warn({ event: 'redis.gap_closed', file, bytes, copy });
      }
      case 'stuck':
        return this.#stuck(outcome.because, outcome.remedy ?? remedyFor(redisDir));
      case 'fit':
        // redis-check-aof finds nothing, and Redis does: it knows the form of a command only, not the command.
        if (complaint !== undefined) this.#stuck(complaint, remedyFor(redisDir));
    }
  }

  /** Says once why Redis cannot be started. */
  #stuck(because: string, remedy: string): void {
    const { logger, clock, home } = this.options;
    const told = readRedisDamage(home)?.stuck;
    if (told?.because === because) return;
    // The free bytes of a full disk change from look to look. A full disk may also have no room for `damage.json`.
    const isNew = plain(because) !== plain(told?.because ?? this.#told);
    this.#told = because;
    if (isNew) logger.error({ event: 'redis.stuck', because, remedy });
    this.#write({ stuck: { since: (isNew ? undefined : told?.since) ?? clock.wallNow(), because, remedy } });
  }

  #forgetStuck(): void {
    this.#told = undefined;
    if (readRedisDamage(this.options.home)?.stuck !== undefined) this.#write({});
  }

  /** A cut is remembered beside what came later. */
  #write(found: Omit<RedisDamage, 'version'>): void {
    const { home, logger } = this.options;
    const cut = found.cut ?? readRedisDamage(home)?.cut;
    const file = redisDamageFile(home);
    const damage: RedisDamage = { version: 1, ...(cut && { cut }), ...(found.stuck && { stuck: found.stuck }) };
    try {
      writeFileSync(`${file}.new`, JSON.stringify(damage), { mode: 0o600, flush: true });
      renameSync(`${file}.new`, file);
    } catch (error) {
      logger.error({ event: 'redis.damage_unwritten', error: String(error) });
    }
  }
}
