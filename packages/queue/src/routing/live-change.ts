import { PinkyError, type LiveChange, type StartOrder } from '@pinky/protocol';
import type { WorkerHandle } from './worker-registry.js';

/** How long a game may take to hear of its new settings, milliseconds. */
const changeMs = 20_000;

/**
 * Has the worker of a server tell its game what has changed. Undefined where nothing is told: the server is down, or
 * its worker is away or of an older version. Throws `bad_settings` for settings that no start would take.
 */
export async function changeLive(
  worker: Pick<WorkerHandle, 'peer' | 'status'> | undefined,
  start: StartOrder,
): Promise<LiveChange | undefined> {
  if (!worker || worker.status.state === 'down' || worker.status.state === 'failed') return undefined;
  try {
    // It comes from our own worker.
    return (await worker.peer.request('changeSettings', start, { deadlineMs: changeMs })) as LiveChange;
  } catch (error) {
    if (error instanceof PinkyError && error.code === 'bad_settings') throw error;
    return undefined;
  }
}
