import { createHash } from 'node:crypto';
import type { Schedule } from '@pinky/protocol';

/**
 * Names a command of a run for ever: by the schedule and the time that was due. A queue that takes a run up again asks
 * by the same names, and a worker obeys each of them once.
 */
export const runId = ({ id, turn }: Pick<Schedule, 'id' | 'turn'>, due: number): string =>
  `schedule:${id}:${due}${turn === undefined ? '' : `:turn${turn}`}`;

/** The id of a new schedule. The same command makes the same schedule, should it come twice. */
export const scheduleId = (commandId: string, serverId: string): string =>
  createHash('sha256').update(`${serverId}\n${commandId}`).digest('hex').slice(0, 8);
