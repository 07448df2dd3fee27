import { lstatSync } from 'node:fs';
import { Lifetime, toWholeSecond, type Clock, type Logger, type LongLived } from '@pinky/protocol';
import type { ProcessTree } from '@pinky/supervisor';
import { redisName } from './child-names.js';

/** Between two looks, milliseconds. */
const lookMs = 1_000;
/** Looks in a row without the socket that mean that somebody removed it. Redis itself is never that long without it. */
const enoughLooks = 2;
/** The same for a process whose socket was not seen yet: on a busy machine Redis may take that long to start. */
const enoughAtFirst = 15;

export interface RedisSocketOptions {
  readonly path: string;
  readonly tree: Pick<ProcessTree, 'view' | 'replace'>;
  readonly logger: Logger;
  readonly clock: Clock;
}

/**
 * Looks whether the private Redis can be reached. A socket that somebody removed (a cleaner of /tmp, say) serves the
 * connections that there are, and nobody else. Redis cannot bind it again, so it is started again: it writes everything
 * down before it ends, and its clients connect anew.
 */
export class RedisSocket implements LongLived {
  readonly #life = new Lifetime({ begin: () => this.#life.add(this.#keepLooking()) });
  #pid: number | undefined;
  #wasSeen = false;
  #looksWithout = 0;

  constructor(private readonly options: RedisSocketOptions) {}

  start(signal?: AbortSignal): void {
    void this.#life.start(signal);
  }

  stop(): Promise<void> {
    return this.#life.stop();
  }

  async #keepLooking(): Promise<void> {
    const { clock } = this.options;
    while (await clock.rest(toWholeSecond(lookMs, clock.now()), this.#life.signal)) this.#look();
  }

  #look(): void {
    const { path, tree, logger } = this.options;
    const redis = tree.view(redisName);
    if (redis?.state !== 'running') return;
    if (redis.pid !== this.#pid) {
      this.#pid = redis.pid;
      this.#wasSeen = false;
      this.#looksWithout = 0;
    }
    if (isTaken(path)) {
      this.#wasSeen = true;
      this.#looksWithout = 0;
      return;
    }
    this.#looksWithout += 1;
    if (this.#looksWithout < (this.#wasSeen ? enoughLooks : enoughAtFirst)) return;
    logger.warn({ event: 'redis.started_again', because: `somebody had removed ${path}` });
    tree.replace(redisName, { mode: 'graceful' });
  }
}

/** Redis replaces a file or a link at its start. It would not start with a folder there: that is a person's to move. */
function isTaken(path: string): boolean {
  const there = lstatSync(path, { throwIfNoEntry: false });
  return there !== undefined && (there.isSocket() || there.isDirectory());
}
