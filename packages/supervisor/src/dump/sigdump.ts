import { silentLogger, type Logger } from '@pinky/protocol/base';
import { BusyLoopSentry } from './busy-loop-sentry.js';
import { dumpPath, writeDump } from './dump-file.js';
import { dumpText, readFacts } from './dump-text.js';

export interface SigdumpOptions {
  /** Default CONT. */
  readonly signal?: NodeJS.Signals;
  /** Default `/tmp/sigdump-<pid>.log`. */
  readonly path?: string;
  /**
   * Whether a thread of its own watches, which shows the stack of a busy loop too, and costs 7.5 MB. Default true.
   * Without it a dump waits until the loop is over.
   */
  readonly watchesBusyLoops?: boolean;
  readonly log?: Logger;
}

/**
 * Dumps this process's stack, memory and open things to `path`; throws the system's error where that cannot be written.
 */
export function dumpTo(path: string): void {
  writeDump(path, dumpText(currentStack(), readFacts()));
}

/** Dumps on a signal from now on. Returns what undoes it. A dump that fails is logged, and the process goes on. */
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
  const sentry = new BusyLoopSentry(signal, dump);
  const onSignal = (): void => {
    if (sentry.claim()) dump();
  };
  process.on(signal, onSignal);
  if (watchesBusyLoops) sentry.start((error) => log.warn({ event: 'dump.busyLoopsUnwatched', error }));
  return async () => {
    process.off(signal, onSignal);
    await sentry.stop();
  };
}

/** The frames below our own. An idle thread runs nothing but the signal's listener. */
function currentStack(): string[] {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 100;
  const lines = (new Error().stack ?? '').split('\n').slice(1).map((line) => line.trim());
  Error.stackTraceLimit = stackTraceLimit;
  return lines;
}
