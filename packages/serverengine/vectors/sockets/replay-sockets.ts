import { replayBy, type Outcome, type ReplayContext, type VectorCase } from '../replay.js';
import { addressReplays } from './sockets-addresses.js';
import { lifetimeReplays } from './sockets-lifetime.js';

/** Replays a case of kind H with a real manager and real worker processes. */
export function replaySockets(vector: VectorCase, context: ReplayContext): Promise<Outcome> {
  return replayBy([...lifetimeReplays, ...addressReplays], vector, context);
}
