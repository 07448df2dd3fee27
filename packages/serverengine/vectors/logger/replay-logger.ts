import { replayBy, type ReplayContext, type ReplayResult, type VectorCase } from '../replay.js';
import { fileReplays } from './log-files.js';
import { formatReplays } from './log-format.js';
import { levelReplays } from './log-levels.js';
import { rotationReplays } from './log-rotation.js';

/** Replays a case of kind F that needs only the logger. (The cases `log-run-*` are daemons.) */
export function replayLogger(vector: VectorCase, context: ReplayContext): Promise<ReplayResult> {
  return replayBy([...formatReplays, ...levelReplays, ...rotationReplays, ...fileReplays], vector, context);
}
