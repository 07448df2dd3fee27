import {
  commandDeadlineMs,
  mostMissed,
  type Clock,
  type Logger,
  type MissedRuns,
  type ProgressListener,
  type Schedule,
  type ScheduleOutcome,
  type ScheduleRun,
  type ScheduleStep,
} from '@pinky/protocol';
import type { KnownTimes } from './known-times.js';
import { runId } from './run-ids.js';
import type { ScheduleBook, ServerSchedule } from './schedule-book.js';
import type { StepEnd, StepRunner } from './step-runner.js';

export interface ScheduleRunnerOptions {
  readonly book: ScheduleBook;
  readonly steps: StepRunner;
  readonly known: KnownTimes;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Aborts when the queue begins to end: a run stays written down then, for the next queue. */
  readonly signal: AbortSignal;
}

interface RunTerms {
  readonly run: ScheduleRun;
  /** The name that the commands of the run begin with. */
  readonly id: string;
  readonly isTakenAgain?: boolean;
  readonly isByHand?: true;
  readonly onProgress?: ProgressListener;
}

/** How long after its time a run that was cut off is taken up again, at least, milliseconds. */
const takeUpWithinMs = 120_000;

/**
 * Carries out runs, step by step. Each step of a timed run is written down before it is sent, so a queue that takes
 * over knows where to go on, and sends it by the same name.
 */
export class ScheduleRunner {
  readonly #busy = new Set<string>();

  constructor(private readonly options: ScheduleRunnerOptions) {}

  isBusy(id: string): boolean {
    return this.#busy.has(id);
  }

  /** Begins the run that is due. Everything up to `due` is dealt with as soon as that is written. */
  async begin({ serverId, schedule }: ServerSchedule, due: number): Promise<void> {
    const run = { due, step: 0, since: this.#now };
    await this.#whileBusy(schedule.id, async () => {
      await this.#write(serverId, schedule.id, (now) => ({ ...now, doneUntil: due, running: run }));
      await this.#carryOut({ serverId, schedule }, { run, id: runId(schedule, due) });
    });
  }

  /** Goes on with a run that an earlier queue had begun, unless it was too long ago. */
  async takeUp({ serverId, schedule }: ServerSchedule, run: ScheduleRun): Promise<void> {
    await this.#whileBusy(schedule.id, async () => {
      const step = schedule.do[run.step];
      const withinMs = Math.max(takeUpWithinMs, schedule.lateMs, step === undefined ? 0 : longestMs(step));
      if (step === undefined || this.#now - run.since > withinMs) {
        const because = 'the queue ended in the middle of it, and was away for too long to go on';
        await this.#finish({ serverId, schedule }, { due: run.due, outcome: 'failed', step: run.step, because });
        return;
      }
      this.options.logger.info({ event: 'schedule.taken_up', serverId, schedule: schedule.id, step: run.step });
      await this.#carryOut({ serverId, schedule }, { run, id: runId(schedule, run.due), isTakenAgain: true });
    });
  }

  /** Runs a schedule because somebody asked for it. `id` is that of the command. */
  async runNow(one: ServerSchedule, id: string, onProgress?: ProgressListener): Promise<ScheduleOutcome | undefined> {
    const run = { due: this.#now, step: 0, since: this.#now };
    return this.#whileBusy(one.schedule.id, () =>
      this.#carryOut(one, { run, id, isByHand: true, ...(onProgress && { onProgress }) }));
  }

  get #now(): number {
    return Math.round(this.options.clock.wallNow());
  }

  async #whileBusy<T>(id: string, work: () => Promise<T>): Promise<T> {
    this.#busy.add(id);
    try {
      return await work();
    } finally {
      this.#busy.delete(id);
    }
  }

  /** Undefined if the queue ends before the run does. */
  async #carryOut(one: ServerSchedule, terms: RunTerms): Promise<ScheduleOutcome | undefined> {
    const { serverId, schedule } = one;
    const skipped: string[] = [];
    for (let at = terms.run.step; at < schedule.do.length; at++) {
      if (at > terms.run.step && !(await this.#goTo(one, terms, at))) return undefined;
      const { end, code, because } = await this.#step(one, terms, at);
      if (end === 'left') return undefined;
      if (end === 'skipped' && because !== undefined) skipped.push(because);
      if (end !== 'failed') continue;
      const failure = { step: at, ...(code && { code }), ...(because !== undefined && { because }) };
      return this.#end({ serverId, schedule }, { ...outcomeOf(terms), outcome: 'failed', ...failure });
    }
    const isSkipped = skipped.length === schedule.do.length;
    const because = skipped.length > 0 ? { because: [...new Set(skipped)].join('; ') } : {};
    return this.#end(one, { ...outcomeOf(terms), outcome: isSkipped ? 'skipped' : 'done', ...because });
  }

  /** Writes down which step comes. False if the queue ends: the next one begins with that step. */
  async #goTo({ serverId, schedule }: ServerSchedule, { run, isByHand }: RunTerms, step: number): Promise<boolean> {
    if (isByHand) return !this.options.signal.aborted;
    await this.#write(serverId, schedule.id, (now) => ({ ...now, running: { due: run.due, step, since: this.#now } }));
    return !this.options.signal.aborted;
  }

  #step({ serverId, schedule }: ServerSchedule, terms: RunTerms, at: number): Promise<StepEnd> {
    const { run, id, isTakenAgain, onProgress } = terms;
    const isFirst = at === run.step;
    // the loop goes through the steps that there are
    return this.options.steps.run(schedule.do[at] as ScheduleStep, {
      serverId,
      id: `${id}:${at}`,
      since: isFirst ? run.since : this.#now,
      signal: this.options.signal,
      ...(isFirst && isTakenAgain && { isTakenAgain }),
      ...(onProgress && { onProgress }),
    });
  }

  /** The times that came while the run was under way are passed over: one run is enough. */
  #end(one: ServerSchedule, ended: Omit<ScheduleOutcome, 'at'>): Promise<ScheduleOutcome> {
    const { count, first, last } = this.options.known.times(one.schedule).between(ended.due, this.#now, mostMissed);
    if (first === undefined || last === undefined) return this.#finish(one, ended);
    return this.#finish(one, ended, { count, first, last, because: 'the run before was still under way' });
  }

  /** Writes down how a run ended. */
  async #finish(
    { serverId, schedule }: ServerSchedule,
    ended: Omit<ScheduleOutcome, 'at'>,
    missed?: MissedRuns,
  ): Promise<ScheduleOutcome> {
    const { logger } = this.options;
    const outcome = { ...ended, at: this.#now };
    await this.#write(serverId, schedule.id, ({ running: _over, missed: _told, ...now }) => ({
      ...now,
      ...(missed && { missed, doneUntil: Math.max(now.doneUntil, missed.last) }),
      last: outcome,
    }));
    const record = { event: 'schedule.ran', serverId, schedule: schedule.id, ...outcome };
    if (outcome.outcome === 'failed') logger.warn(record);
    else logger.info(record);
    return outcome;
  }

  #write(serverId: string, id: string, change: (now: Schedule) => Schedule): Promise<void> {
    return this.options.book.change(serverId, id, change);
  }
}

const outcomeOf = ({ run: { due }, isByHand }: RunTerms): Pick<ScheduleOutcome, 'due' | 'isByHand'> =>
  ({ due, ...(isByHand && { isByHand }) });

/** How long a step may take. */
function longestMs(step: ScheduleStep): number {
  if (typeof step === 'string') return commandDeadlineMs[step];
  return 'wait' in step ? step.wait + takeUpWithinMs : 0;
}
