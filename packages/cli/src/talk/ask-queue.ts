import { boxPaths, requestOnce } from '@pinky/protocol';
import { greeting } from './greeting.js';

/** How long an answer may take, in milliseconds. */
const lookMs = 2000;

/** Asks the queue of a box once. Undefined if it does not answer, or if its version does not know the question. */
export async function askQueue<T>(home: string, method: string, deadlineMs = lookMs): Promise<T | undefined> {
  try {
    const address = { path: boxPaths(home).queueSocket };
    // Our own queue answers, and its answers have a fixed shape.
    return (await requestOnce(address, method, {}, { deadlineMs, greet: greeting() })) as T;
  } catch {
    return undefined; // the caller says so
  }
}
