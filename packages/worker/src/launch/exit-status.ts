import { constants } from 'node:os';
import { readFileSync } from 'node:fs';

/**
 * How a game ended: a code, or a signal's name; neither where nobody was there to see it (its wrapper was killed too,
 * or the machine was restarted). `neverRan`: the wrapper gave up before there was a game.
 */
export interface ExitStatus {
  readonly code?: number;
  readonly signal?: string;
  readonly neverRan?: boolean;
}

const signalNames = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

/** sh gives 128 + n for the signal n; a program that exits with such a code of its own accord cannot be told apart. */
export function exitStatus(shellCode: number): ExitStatus {
  const signal = shellCode > 128 ? signalNames.get(shellCode - 128) : undefined;
  return signal ? { signal } : { code: shellCode };
}

/** The status in a run's `exit` file; undefined where there is none (yet). */
export function readExit(path: string): ExitStatus | undefined {
  try {
    const code = /^exit (\d+)$/m.exec(readFileSync(path, 'utf8'))?.[1];
    return code === undefined ? undefined : exitStatus(Number(code));
  } catch {
    return undefined; // not written: it runs, or its wrapper was killed
  }
}

export function describeExit({ code, signal, neverRan }: ExitStatus): string {
  if (neverRan) return 'could not be launched';
  if (signal) return `was ended by ${signal}`;
  return code === undefined ? 'ended, and nobody saw how' : `exited with code ${code}`;
}
