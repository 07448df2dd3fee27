import type { Logger } from '@pinky/protocol/base';
import { BusyLoopWatcher, dumpPath, dumpTo } from '@pinky/supervisor/dump';
import type { EffectiveConfig } from '../config/server-config.js';

/** The answer of each of our processes to CONT: it calls the hook `dump`, which writes the dump to a file. */
export class DumpOnCont {
  readonly #watcher = new BusyLoopWatcher({
    signal: 'SIGCONT',
    dump: () => this.write(),
    onUnavailable: (error) => this.log.warn({ event: 'dump.busyLoopsUnwatched', error }),
  });

  constructor(private readonly config: () => EffectiveConfig, private readonly log: Logger) {
    if (config()['dumpBusyLoops'] && !config()['disableSigdump']) this.#watcher.start();
  }

  /** The signal has come. Calls the hook, unless the watcher has already written the stack of a busy loop. */
  signalled(hook: () => void): void {
    if (this.#watcher.claim()) hook();
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
    await this.#watcher.stop();
  }
}
