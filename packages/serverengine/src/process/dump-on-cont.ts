import type { Logger } from '@pinky/protocol/base';
import type { Effective } from '../config/server-config.js';
import { BusyLoopSentry, dumpPath, dumpTo } from '@pinky/supervisor/dump';

/** What CONT does in a process of ours: the hook `dump`, and behind it the file. */
export class DumpOnCont {
  readonly #sentry = new BusyLoopSentry('SIGCONT', () => this.write());

  constructor(private readonly config: () => Effective, private readonly log: Logger) {
    if (config()['dumpBusyLoops'] && !config()['disableSigdump']) {
      this.#sentry.start((error) => log.warn({ event: 'dump.busyLoopsUnwatched', error }));
    }
  }

  /** The signal has come: runs the hook unless the busy loop's stack was written already. */
  signalled(hook: () => void): void {
    if (this.#sentry.claim()) hook();
  }

  /** The library's part of the hook. */
  write(): void {
    if (this.config()['disableSigdump']) return;
    try {
      dumpTo(dumpPath());
    } catch (error) {
      this.log.error({ event: 'dump.failed', error });
    }
  }

  async stop(): Promise<void> {
    await this.#sentry.stop();
  }
}
