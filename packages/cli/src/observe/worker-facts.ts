import type { QueryAnswered } from '@pinky/funpack-runner/light';
import { boxPaths, requestOnce, type BackupResult, type ErrorAnswer } from '@pinky/protocol';
import { greeting } from '../talk/greeting.js';

/** Facts that a worker tells about its server when it is asked, beyond its status. */
export interface WorkerFacts {
  /** The error of a server in the state `failed`. */
  readonly failure?: ErrorAnswer;
  /** Why a command waits for its worker. */
  readonly waits?: string;
  /** The folder of its unpacked funpack. */
  readonly funpack?: string;
  /** The last backup since its worker began, with what it lacks. */
  readonly backup?: BackupResult;
  /** The newest lines of the console, oldest first. */
  readonly lastLines?: readonly string[];
  /** The last answer of the game by its own protocol, and how many questions since had none. */
  readonly query?: {
    readonly answer?: Omit<QueryAnswered, 'players'>;
    readonly answeredAt?: number;
    readonly misses?: number;
    readonly because?: string;
  };
  /** The signs of a hang. Absent while its game was heard not long ago. */
  readonly hang?: {
    readonly inWords: string;
    readonly verdict: string;
    readonly isStarved: boolean;
    readonly follows: string;
  };
  /** How many lines of this run named an event that lacks a field, by the kind of fault. */
  readonly faults?: Readonly<Record<string, number>>;
}

/** How long the answer may take, in milliseconds. */
const lookMs = 2000;

/** Asks the worker of a server, through the queue. The answer is empty if either is away. */
export async function askWorker(home: string, serverId: string): Promise<WorkerFacts> {
  try {
    const answer = await requestOnce(
      { path: boxPaths(home).queueSocket },
      'explain',
      { serverId },
      { deadlineMs: lookMs, greet: greeting() },
    );
    // The answer of a worker. For a server without one the queue answers, with `waits` at most.
    const { failure, waits, funpack, query, hang, backup, lastLines, faults } = answer as WorkerFacts;
    return {
      ...(failure && { failure }),
      ...(waits !== undefined && { waits }),
      ...(funpack !== undefined && { funpack }),
      ...(query && { query }),
      ...(hang && { hang }),
      ...(backup && { backup }),
      ...(lastLines && { lastLines }),
      ...(faults && { faults }),
    };
  } catch {
    return {}; // away
  }
}
