import { constants } from 'node:os';
import { readFileSync } from 'node:fs';

/**
 * How a game ended: with a code, or by a signal. Neither is known if nobody saw it, because its wrapper was killed too
 * or the machine was restarted. `neverRan`: the wrapper gave up before there was a game.
 */
export interface ExitStatus extends Partial<OutOfMemory> {
  readonly code?: number;
  readonly signal?: string;
  readonly neverRan?: boolean;
}

/** The kernel has ended the game, because it needed more memory than its limit. */
export interface OutOfMemory {
  readonly reason: 'out_of_memory';
  /** Bytes. */
  readonly limit: number;
  /** The most that it has used, with files that the kernel can drop. */
  readonly peak: number;
  /** Its use before its end: seconds before that, and bytes. Oldest first. */
  readonly memory_curve: readonly (readonly [secondsBefore: number, bytes: number])[];
}

/** Where two names have one number, the first counts, as in signal(7): SIGABRT and not SIGIOT. */
const signalNames = new Map(Object.entries(constants.signals).toReversed().map(([name, number]) => [number, name]));

/** sh gives 128 + n for the signal n. A program that exits with such a code by itself cannot be told apart. */
export function exitStatus(shellCode: number): ExitStatus {
  const signal = shellCode > 128 ? signalNames.get(shellCode - 128) : undefined;
  return signal ? { signal } : { code: shellCode };
}

/** The status in a run's `exit` file. Undefined if there is no such file yet. */
export function readExit(path: string): ExitStatus | undefined {
  try {
    const code = /^exit (\d+)$/m.exec(readFileSync(path, 'utf8'))?.[1];
    return code === undefined ? undefined : exitStatus(Number(code));
  } catch {
    return undefined; // the game runs, or its wrapper was killed
  }
}

export function describeExit({ code, signal, neverRan, reason, limit = 0 }: ExitStatus): string {
  if (neverRan) return 'could not be launched';
  const megabytes = Math.round(limit / 2 ** 20);
  if (reason) return `was ended by the kernel: it needed more memory than its limit of ${megabytes} MiB`;
  if (signal) return `was ended by ${signal}`;
  return code === undefined ? 'ended, and nobody saw how' : `exited with code ${code}`;
}

/** Signals by which a game is asked to end. One that such a signal ends by itself saves before. */
const asking: ReadonlySet<string> = new Set(['SIGTERM', 'SIGINT', 'SIGHUP']);

/**
 * Whether a game may have been in the midst of saving: it was ended by force, or nobody saw how it ended. `step` is the
 * last thing that it was asked with. If that was a signal, and a signal ended it, Pinky had waited for it in vain.
 */
export const isTorn = ({ code, signal, neverRan, step }: ExitStatus & { readonly step?: string }): boolean => {
  if (neverRan) return false;
  if (signal === undefined) return code === undefined;
  return !asking.has(signal) || (step !== undefined && step !== 'command');
};
