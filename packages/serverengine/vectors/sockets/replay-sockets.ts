import { replayBy, type ReplayContext, type ReplayResult, type VectorCase } from '../replay.js';
import { addressReplays } from './sockets-addresses.js';
import { lifetimeReplays } from './sockets-lifetime.js';
import { refusalReplays } from './sockets-refusals.js';

/** Replays a case of kind H with a real manager and real worker processes. */
export function replaySockets(vector: VectorCase, context: ReplayContext): Promise<ReplayResult> {
  return replayBy([...lifetimeReplays, ...addressReplays, ...refusalReplays], vector, context);
}
