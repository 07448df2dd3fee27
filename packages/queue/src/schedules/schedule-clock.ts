import {
  commandDeadlineMs,
  Lifetime,
  messageOf,
  type Clock,
  type Logger,
  type LongLived,
  type MissedRuns,
  type ServerStatus,
} from '@pinky/protocol';
import type { CommandRoute } from '../routing/command-route.js';
import type { KnownTimes } from './known-times.js';
import { alsoMissed, reckon } from './reckoning.js';
import { runId } from './run-ids.js';
import type { ScheduleBook, ServerSchedule } from './schedule-book.js';
import type { ScheduleRunner } from './schedule-runner.js';
import { warningAt } from './warnings.js';

export interface ScheduleClockOptions {
  readonly book: ScheduleBook;
  readonly known: KnownTimes;
  readonly runner: ScheduleRunner;
  readonly commands: CommandRoute;
  readonly statusOf: (serverId: string) => ServerStatus | undefined;
  /** Aborts when the queue begins to end. */
  readonly signal: AbortSignal;
  /** The box was brought up without what was wanted. */
  readonly areHeld: () => boolean;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** The longest time between two looks, milliseconds: so long a jump of the clock may go unseen. */
const longestLookMs = 5_000;
const shortestLookMs = 50;

/** Looks at the clock on the wall, and begins the runs that are due. It needs no Redis. */
export class ScheduleClock implements LongLived {
  readonly #life = new Lifetime({ begin: () => this.#life.add(this.#keepLooking()) });
  /** The last warning of each schedule: of which run, and how long before it. */
  readonly #warned = new Map<string, string>();

  constructor(private readonly options: ScheduleClockOptions) {}

  start(signal?: AbortSignal): void {
    void this.#life.start(signal);
  }

  stop(): Promise<void> {
    return this.#life.stop();
  }

  async #keepLooking(): Promise<void> {
    const { clock } = this.options;
    let pauseMs: number;
    do {
      pauseMs = this.#look();
    } while (await clock.rest(pauseMs, this.#life.signal));
  }

  /** Answers how long nothing comes. */
  #look(): number {
    const { book, known, signal, areHeld, clock } = this.options;
    if (signal.aborted || areHeld()) return longestLookMs;
    const all = book.all();
    known.keep(new Set(all.map(({ schedule }) => schedule.id)));
    const now = Math.round(clock.wallNow());
    const pauses = all.map((one) => this.#tend(one, now));
    return Math.max(shortestLookMs, Math.min(longestLookMs, ...pauses));
  }

  /** Answers how long nothing comes for one schedule. A schedule that cannot be read holds up no other. */
  #tend(one: ServerSchedule, now: number): number {
    try {
      return this.#tendOne(one, now);
    } catch (error) {
      const { serverId, schedule: { id } } = one;
      this.options.logger.error({ event: 'schedule.unreadable', serverId, schedule: id, because: messageOf(error) });
      return longestLookMs;
    }
  }

  #tendOne(one: ServerSchedule, now: number): number {
    const { runner, known } = this.options;
    const { schedule } = one;
    if (runner.isBusy(schedule.id)) return longestLookMs;
    if (schedule.running) {
      void runner.takeUp(one, schedule.running).catch((error: unknown) => this.#failed(one, error));
      return longestLookMs;
    }
    if (schedule.isPaused) return longestLookMs;
    const { due, missed, isSetBack } = reckon(schedule, now, known);
    if (isSetBack) return this.#beginAnew(one, now);
    if (due !== undefined) return this.#due(one, due, missed);
    if (missed) this.#missed(one, missed);
    const next = known.next(schedule, Math.max(now, schedule.doneUntil));
    this.#warn(one, next, now);
    const marks = [0, ...(schedule.warnMs ?? [])].map((ms) => next - ms - now).filter((ms) => ms > 0);
    return Math.min(longestLookMs, ...marks);
  }

  /** Begins the run, holds it until the players have left, or leaves it out. */
  #due(one: ServerSchedule, due: number, missed: MissedRuns | undefined): number {
    const { serverId, schedule } = one;
    const players = this.#playersOf(serverId);
    const rule = players === undefined ? 'any' : (schedule.players ?? 'any');
    if (rule === 'wait') return longestLookMs; // a look comes often enough to see them leave
    if (missed) this.#missed(one, missed);
    if (rule === 'skip' && players !== undefined) {
      this.#leaveOut(one, due, players);
      return shortestLookMs;
    }
    void this.options.runner.begin(one, due).catch((error: unknown) => this.#failed(one, error));
    return shortestLookMs;
  }

  /** The players who may be connected, in words. Undefined if there are none. */
  #playersOf(serverId: string): string | undefined {
    const { players = [], arePlayersUnknown } = this.options.statusOf(serverId) ?? {};
    if (arePlayersUnknown) return 'its funpack does not tell whether somebody is connected, so nobody can know';
    const count = players.length;
    return count === 0 ? undefined : `${count} player${count === 1 ? ' was' : 's were'} connected`;
  }

  #leaveOut({ serverId, schedule: { id } }: ServerSchedule, due: number, because: string): void {
    const last = { due, at: Math.round(this.options.clock.wallNow()), outcome: 'skipped', because } as const;
    void this.options.book.change(serverId, id, (now) => ({ ...now, doneUntil: due, last }));
    this.options.logger.info({ event: 'schedule.skipped', serverId, schedule: id, because });
  }

  /** Tells of runs that were not begun. They are told by `ps`, `explain` and `schedule ls` until the next run. */
  #missed({ serverId, schedule }: ServerSchedule, missed: MissedRuns): void {
    const waited = schedule.players === 'wait' && missed.count === 1;
    const isUnknown = this.options.statusOf(serverId)?.arePlayersUnknown;
    const because = isUnknown ? this.#playersOf(serverId) : 'players were connected until it was too late';
    const told = waited && because !== undefined ? { ...missed, because } : missed;
    const doneUntil = (before: number): number => Math.max(before, missed.last);
    void this.options.book.change(serverId, schedule.id, (now) =>
      ({ ...now, doneUntil: doneUntil(now.doneUntil), missed: alsoMissed(now.missed, told) }));
    this.options.logger.warn({ event: 'schedule.missed', serverId, schedule: schedule.id, ...told });
  }

  /** Command ids would repeat after this, so each reckoning has a number that is part of them. */
  #beginAnew({ serverId, schedule: { id } }: ServerSchedule, doneUntil: number): number {
    this.options.logger.warn({ event: 'schedule.clock_set_back', serverId, schedule: id });
    void this.options.book.change(serverId, id, (now) => ({ ...now, doneUntil, turn: (now.turn ?? 0) + 1 }));
    return shortestLookMs;
  }

  /** Warns the players of a server that is up, once for each time before a run. */
  #warn({ serverId, schedule }: ServerSchedule, next: number, now: number): void {
    const warning = warningAt(schedule, next, now);
    if (!warning || this.options.statusOf(serverId)?.state !== 'up') return;
    const key = `${next} ${warning.beforeMs}`;
    if (this.#warned.get(schedule.id) === key) return;
    this.#warned.set(schedule.id, key);
    const { commands, logger } = this.options;
    commands
      .route({
        command: { name: 'broadcast', data: { serverId, message: warning.message } },
        id: `${runId(schedule, next)}:warn:${warning.beforeMs}`,
        deadlineMs: commandDeadlineMs.broadcast,
      })
      .catch((error: unknown) => {
        logger.warn({ event: 'schedule.not_warned', serverId, schedule: schedule.id, because: messageOf(error) });
      });
  }

  #failed({ serverId, schedule: { id } }: ServerSchedule, error: unknown): void {
    this.options.logger.error({ event: 'schedule.failed', serverId, schedule: id, because: messageOf(error) });
  }
}
