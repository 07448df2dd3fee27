import { silentLogger, type Logger } from '@pinky/protocol/base';
import { BusyLoopWatcher } from './busy-loop-watcher.js';
import { dumpPath, writeDump } from './dump-file.js';
import { dumpText, readFacts } from './dump-text.js';

export interface SigdumpOptions {
  /** Default CONT. */
  readonly signal?: NodeJS.Signals;
  /** Default `/tmp/sigdump-<pid>.log`. */
  readonly path?: string;
  /**
   * Whether a second thread watches for busy loops, so that a dump shows their stack too. It costs 7.5 MB. Default
   * true. Without it a dump waits until the loop is over.
   */
  readonly watchesBusyLoops?: boolean;
  readonly log?: Logger;
}

/** Dumps this process's stack, memory and open files to `path`. Throws the system's error if it cannot write. */
export function dumpTo(path: string): void {
  writeDump(path, dumpText(currentStack(), readFacts()));
}

/**
 * Dumps on a signal from now on. Returns the function that ends it. A failed dump is logged, and the process goes on.
 */
export function installSigdump({
  signal = 'SIGCONT',
  path = dumpPath(),
  watchesBusyLoops = true,
  log = silentLogger,
}: SigdumpOptions = {}): () => Promise<void> {
  const dump = (): void => {
    try {
      dumpTo(path);
      log.info({ event: 'dump.written', path });
    } catch (error) {
      log.error({ event: 'dump.failed', path, error });
    }
  };
  const onUnavailable = (error: Error): void => log.warn({ event: 'dump.busyLoopsUnwatched', error });
  const watcher = new BusyLoopWatcher({ signal, dump, onUnavailable });
  const onSignal = (): void => {
    if (watcher.claim()) dump();
  };
  process.on(signal, onSignal);
  if (watchesBusyLoops) watcher.start();
  return async () => {
    process.off(signal, onSignal);
    await watcher.stop();
  };
}

/** The frames below our own. In an idle thread only the signal's listener runs. */
function currentStack(): string[] {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 100;
  const lines = (new Error().stack ?? '').split('\n').slice(1).map((line) => line.trim());
  Error.stackTraceLimit = stackTraceLimit;
  return lines;
}
