import { boxPaths, requestOnce, type ErrorAnswer } from '@pinky/protocol';
import { greeting } from '../talk/greeting.js';

/** What a worker says of its server beyond the status that everybody is told. */
export interface WorkerWords {
  /** The error of a server in state `failed`. */
  readonly failure?: ErrorAnswer;
  /** The folder of its unpacked funpack. */
  readonly funpack?: string;
  /** The newest lines of the game's console, oldest first. */
  readonly lastLines?: readonly string[];
}

/** A look is quick or it is no look, milliseconds. */
const lookMs = 2000;

/** Asks a server's worker, through the queue. Nothing where either is away: files tell the rest. */
export async function askWorker(home: string, serverId: string): Promise<WorkerWords> {
  try {
    const answer = await requestOnce(
      { path: boxPaths(home).queueSocket },
      'explain',
      { serverId },
      { deadlineMs: lookMs, greet: greeting() },
    );
    // A worker's answer, or the queue's own for a server without one, which has none of these fields.
    const { failure, funpack, lastLines } = answer as WorkerWords;
    return { ...(failure && { failure }), ...(funpack !== undefined && { funpack }), ...(lastLines && { lastLines }) };
  } catch {
    return {}; // away
  }
}
