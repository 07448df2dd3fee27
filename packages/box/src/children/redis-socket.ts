import { existsSync } from 'node:fs';
import type { Logger } from '@pinky/protocol';
import type { ProcessTree } from '@pinky/supervisor';
import { redisName } from './child-names.js';

/** Between two looks, milliseconds. */
const lookMs = 1_000;
/** Looks in a row without the socket that mean that somebody removed it. Redis itself is never that long without it. */
const enoughLooks = 2;
/** The same for a process whose socket was not seen yet: on a busy machine Redis may take that long to start. */
const enoughAtFirst = 15;

/**
 * Looks whether the private Redis can be reached. A socket that somebody removed (a cleaner of /tmp, say) serves the
 * connections that there are, and nobody else. Redis cannot bind it again, so it is started again: it writes everything
 * down before it ends, and its clients connect anew.
 */
export class RedisSocket {
  #timer: NodeJS.Timeout | undefined;
  #pid: number | undefined;
  #wasSeen = false;
  #looksWithout = 0;

  constructor(
    private readonly options: { readonly path: string; readonly tree: ProcessTree; readonly logger: Logger },
  ) {}

  start(): void {
    this.#timer ??= setInterval(() => this.#look(), lookMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
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
    if (existsSync(path)) {
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
