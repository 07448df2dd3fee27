import { formatReplays } from './logger-format.js';
import { fileReplays } from './logger-files.js';
import { replayBy, type Outcome, type ReplayContext, type VectorCase } from '../replay.js';

/** Replays a case of kind F that drives the logger alone (all but `log-run-*`, which are daemons). */
export function replayLogger(vector: VectorCase, context: ReplayContext): Promise<Outcome> {
  return replayBy([...formatReplays, ...fileReplays], vector, context);
}
