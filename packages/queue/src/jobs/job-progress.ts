import {
  messageOf, startPhases, type Clock, type Logger, type Progress, type ProgressListener, type StartPhase,
} from '@pinky/protocol';
import type { CurrentSession } from './current-session.js';
import type { HeldJob } from './job-session.js';

/** A producer reads this from `job.progress`, and hears it by BullMQ's event `progress` (docs/redis.md). */
export interface JobProgressValue {
  /** The step of the start that is under way; for other work its name, such as `backup`. */
  readonly phase: string;
  /** How many steps are done, of `total`. */
  readonly done: number;
  readonly total: number;
  /** How many bytes the step has moved so far. 0 if it moves none. */
  readonly bytes: number;
  /** How many bytes the step will have moved in the end. Absent if that is unknown. */
  readonly totalBytes?: number;
}

export interface JobProgressOptions {
  readonly session: CurrentSession;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Least time between two writes within one step of one job, milliseconds. */
const intervalMs = 500;
const byteLabels: ReadonlySet<string> = new Set(['download', 'verify', 'unpack', 'copy', 'backup']);

/** Writes how far a job is into the job. A value that cannot be written is dropped: it is old in a moment. */
export class JobProgress {
  constructor(private readonly options: JobProgressOptions) {}

  /** The listener of one job. It writes one value at a time: each step once at least, with its last figures. */
  listenerFor(held: HeldJob, signal: AbortSignal): ProgressListener {
    const { clock } = this.options;
    const waiting: JobProgressValue[] = [];
    let written = { phase: '', at: Number.NEGATIVE_INFINITY };
    let isWriting = false;
    const isDue = ({ phase }: JobProgressValue): boolean =>
      waiting.length > 1 || phase !== written.phase || clock.now() - written.at >= intervalMs;
    let nap = new AbortController();
    const untilDue = (): Promise<boolean> => {
      nap = new AbortController();
      return clock.rest(Math.max(0, written.at + intervalMs - clock.now()), nap.signal);
    };
    const write = async (): Promise<void> => {
      isWriting = true;
      for (let next = waiting[0]; next && !signal.aborted; next = waiting[0]) {
        if (!isDue(next)) {
          await untilDue(); // a step that tells nothing more shows its last figures all the same
          continue;
        }
        waiting.shift();
        written = { phase: next.phase, at: clock.now() };
        await this.#write(held, next, signal);
      }
      isWriting = false;
    };
    return (progress) => {
      const value = progressValue(progress);
      if (waiting.at(-1)?.phase === value.phase) waiting.pop();
      waiting.push(value);
      if (!isWriting) void write();
      else nap.abort();
    };
  }

  async #write(held: HeldJob, value: JobProgressValue, signal: AbortSignal): Promise<void> {
    try {
      const session = await this.options.session.get(signal);
      await session?.withJob(held, (job) => job.updateProgress({ ...value }));
    } catch (error) {
      this.options.logger.debug({ event: 'job.progress_unwritten', job: held.id, because: messageOf(error) });
    }
  }
}

/** The steps that every start has. An install script, which few funpacks have, counts as part of the next step. */
const countedPhases = startPhases.filter((phase) => phase !== 'install');
const placeOf = (phase: StartPhase): number => countedPhases.indexOf(phase === 'install' ? 'bootstrap' : phase);

/** Exported for its tests. */
export function progressValue({ label, done, total, phase }: Progress): JobProgressValue {
  const movesBytes = byteLabels.has(label);
  return {
    phase: phase ?? label,
    done: phase === undefined ? 0 : placeOf(phase),
    total: phase === undefined ? 1 : countedPhases.length,
    bytes: movesBytes ? done : 0,
    ...(movesBytes && total !== undefined && { totalBytes: total }),
  };
}
