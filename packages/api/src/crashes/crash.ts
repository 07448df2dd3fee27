import type { PlacedNote } from './journals.js';

/** The notes that are crashes: the game ended by itself, was given up, did not come up, or was silent for too long. */
export const crashTypes = ['crashed', 'crash_loop', 'start_failed', 'silent'] as const;
export type CrashType = (typeof crashTypes)[number];

/** The memory of a game that the kernel ended. */
export interface CrashMemory {
  readonly limitBytes: number;
  readonly peakBytes: number;
  /** Seconds before the end, and the bytes in use then, oldest first. */
  readonly curve: number[][];
}

/** A crash, as the worker noted it. */
export interface Crash {
  /** Names it for ever: that of its event without the server. */
  readonly id: string;
  readonly type: CrashType;
  readonly at: string;
  readonly run: string;
  readonly words: string;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly errorCode?: string;
  readonly restartInMs?: number;
  readonly lastLines: string[];
  readonly memory?: CrashMemory;
  /** Its threads while it hung, as the kernel knew them, and its own words when it was asked for its stacks. */
  readonly threads?: string[];
  readonly stacks?: string[];
  /** The place in the console behind everything that the game had said: `run:offset`. */
  readonly console: string;
}

/** Undefined for a note that is no crash. */
export function crashIn({ run, start, note }: PlacedNote): Crash | undefined {
  const { ts, at, signal, code, restart_in_ms: restartInMs } = note;
  const type = crashTypes.find((each) => each === note.type);
  if (!type) return undefined;
  const memory = memoryIn(note);
  return {
    id: `${run}:j${start}`,
    type,
    at: ts,
    run,
    words: wordsOf(type, note),
    lastLines: linesIn(note['last_lines']),
    ...named('threads', linesIn(note['threads'])),
    ...named('stacks', linesIn(note['stacks'])),
    console: `${run}:${at}`,
    ...(typeof code === 'number' && { exitCode: code }),
    ...(typeof code === 'string' && { errorCode: code }),
    ...(typeof signal === 'string' && { signal }),
    ...(typeof restartInMs === 'number' && { restartInMs }),
    ...(memory && { memory }),
  };
}

/** Nothing, if there are no lines. */
const named = (name: 'threads' | 'stacks', lines: string[]) => (lines.length > 0 ? { [name]: lines } : {});

function wordsOf(type: CrashType, { how, message }: PlacedNote['note']): string {
  if (typeof how === 'string') return `the game ${how}`;
  if (typeof message === 'string') return message;
  return type === 'silent' ? 'the game said nothing for too long' : 'the game ended';
}

const linesIn = (lines: unknown): string[] => (Array.isArray(lines) ? lines.map(String) : []);

function memoryIn({ reason, limit, peak, memory_curve: curve }: PlacedNote['note']): CrashMemory | undefined {
  if (reason !== 'out_of_memory' || typeof limit !== 'number') return undefined;
  const points: readonly unknown[] = Array.isArray(curve) ? curve : [];
  return {
    limitBytes: limit,
    peakBytes: typeof peak === 'number' ? peak : limit,
    curve: points.flatMap((point) => (Array.isArray(point) ? [[Number(point[0]), Number(point[1])]] : [])),
  };
}
