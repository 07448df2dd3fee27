import {
  localZone,
  markOfTerms,
  PinkyError,
  stepsInWords,
  usualLateMs,
  type Clock,
  type NewSchedule,
  type OneSchedule,
  type ProgressListener,
  type Schedule,
  type ScheduleCommand,
  type ScheduleResult,
  type SchedulesResult,
  type ScheduleView,
} from '@pinky/protocol';
import type { KnownTimes } from './known-times.js';
import { scheduleId } from './run-ids.js';
import type { ScheduleBook, ServerSchedule } from './schedule-book.js';
import type { ScheduleRunner } from './schedule-runner.js';
import { endsGame } from './warnings.js';

export interface ScheduleCommandsOptions {
  readonly book: ScheduleBook;
  readonly known: KnownTimes;
  readonly runner: ScheduleRunner;
  readonly clock: Clock;
}

export interface ScheduleCommandTerms {
  readonly id: string;
  readonly onProgress?: ProgressListener;
}

/** One server may have so many schedules. */
const mostOfServer = 50;

/** Answers the commands about schedules. A change is on the disk when it is answered. */
export class ScheduleCommands {
  constructor(private readonly options: ScheduleCommandsOptions) {}

  /** Throws `bad_command`, `not_found`, `changed_meanwhile` and `not_ready`. */
  async answer(command: ScheduleCommand, terms: ScheduleCommandTerms): Promise<ScheduleResult | SchedulesResult> {
    switch (command.name) {
      case 'schedule add': return this.#add(command.data, terms.id);
      case 'schedule edit': return this.#edit(command.data);
      case 'schedule rm': return this.#remove(command.data);
      case 'schedule run': return this.#run(command.data, terms);
      case 'schedule ls': return { schedules: this.views(command.data.serverId) };
    }
  }

  /** The schedules of a server, or of all: the one that runs next first. */
  views(serverId?: string): ScheduleView[] {
    return this.options.book
      .all()
      .filter((one) => serverId === undefined || one.serverId === serverId)
      .map((one) => this.#view(one))
      .sort((a, b) => (a.next ?? Infinity) - (b.next ?? Infinity));
  }

  async #add(data: NewSchedule & { readonly serverId: string }, commandId: string): Promise<ScheduleResult> {
    const { book, clock } = this.options;
    const { serverId, tz = localZone(), lateMs, isPaused, ...rest } = data;
    if (!book.isKnown(serverId)) {
      throw new PinkyError('not_found', `schedule add: nothing is known of a server ${serverId}`, {
        remedy: 'a schedule belongs to a server that was started once: start it first',
      });
    }
    const id = scheduleId(commandId, serverId);
    if (book.find(id)) return { ...this.#result(id), already: true };
    if (book.of(serverId).length >= mostOfServer) {
      throw new PinkyError('bad_command', `server ${serverId} has ${mostOfServer} schedules already`);
    }
    const schedule: Schedule = {
      id,
      ...rest,
      tz,
      lateMs: lateMs ?? usualLateMs(rest.players),
      ...(isPaused && { isPaused: true }),
      doneUntil: Math.round(clock.wallNow()),
    };
    assertTogether(schedule);
    await book.add(serverId, schedule);
    return this.#result(id);
  }

  async #edit({ change, ...choice }: OneSchedule & { readonly change: Partial<NewSchedule> }): Promise<ScheduleResult> {
    const { serverId, schedule } = this.#find(choice);
    if (schedule.running && change.do) throw underWay(schedule.id);
    const now = Math.round(this.options.clock.wallNow());
    const edited = (before: Schedule): Schedule => editedBy(before, change, now);
    assertTogether(edited(schedule));
    await this.options.book.change(serverId, schedule.id, edited);
    return this.#result(schedule.id);
  }

  async #remove(choice: OneSchedule): Promise<ScheduleResult> {
    const { serverId, schedule } = this.#find(choice);
    const result = this.#result(schedule.id);
    await this.options.book.remove(serverId, schedule.id);
    return result;
  }

  async #run(choice: OneSchedule, { id, onProgress }: ScheduleCommandTerms): Promise<ScheduleResult> {
    const one = this.#find(choice);
    if (one.schedule.running || this.options.runner.isBusy(one.schedule.id)) throw underWay(one.schedule.id);
    const outcome = await this.options.runner.runNow(one, id, onProgress);
    if (!outcome) throw new PinkyError('connection_lost', 'the queue ended before the run did');
    const { serverId } = one;
    const schedule = this.views(serverId).find((view) => view.id === one.schedule.id) ?? this.#view(one);
    return { serverId, schedule, outcome };
  }

  #find({ schedule: id, serverId, ifMark }: OneSchedule): ServerSchedule {
    const found = this.options.book.find(id);
    if (found && (serverId === undefined || found.serverId === serverId)) return unchanged(found, ifMark);
    const whose = serverId === undefined ? 'no server' : `server ${serverId}`;
    throw new PinkyError('not_found', `${whose} has ${serverId === undefined ? 'a' : 'no'} schedule ${id}`, {
      remedy: 'see with `schedule ls` which ones there are',
    });
  }

  #result(id: string): ScheduleResult {
    const one = this.#find({ schedule: id });
    return { serverId: one.serverId, schedule: this.#view(one) };
  }

  #view({ serverId, schedule }: ServerSchedule): ScheduleView {
    const { doneUntil, turn: _turn, ...shown } = schedule;
    const from = Math.max(doneUntil, Math.round(this.options.clock.wallNow()));
    const next = schedule.isPaused ? {} : { next: this.options.known.times(schedule).after(from) };
    return { serverId, ...shown, ...next, mark: markOfTerms(schedule) };
  }
}

/** Throws `changed_meanwhile` if somebody has changed the schedule since it had that mark. */
function unchanged(one: ServerSchedule, ifMark: string | undefined): ServerSchedule {
  const { schedule } = one;
  if (ifMark === undefined || ifMark === markOfTerms(schedule)) return one;
  const { id, when, tz, do: steps, isPaused } = schedule;
  const now = `${stepsInWords(steps)} at ${JSON.stringify(when)} ${tz}${isPaused ? ', paused' : ''}`;
  throw new PinkyError('changed_meanwhile', `schedule ${id} was changed since you read it; it is now: ${now}`, {
    remedy: 'look at it again, then decide anew',
  });
}

/** The times before a change are dealt with, so that a new time of day does not look missed. */
function editedBy(before: Schedule, change: Partial<NewSchedule>, now: number): Schedule {
  const { isPaused: wasPaused, ...rest } = before;
  const { isPaused = wasPaused ?? false, warnMs, players, lateMs, ...more } = change;
  const { warnMs: warnedBefore, ...others } = rest;
  const warned = warnMs ?? warnedBefore ?? [];
  return {
    ...others,
    ...more,
    ...(players && { players }),
    lateMs: lateMs ?? (players ? usualLateMs(players) : before.lateMs),
    ...(warned.length > 0 && { warnMs: warned }),
    ...(isPaused && { isPaused: true }),
    doneUntil: Math.max(now, before.doneUntil),
  };
}

/** Throws `bad_command` for terms that make no sense together. */
function assertTogether(schedule: Schedule): void {
  const { warnMs = [], warnText, players = 'any' } = schedule;
  if (warnMs.length > 0 && players !== 'any') {
    throw new PinkyError('bad_command', 'warn: a run that comes only while nobody is connected has nobody to warn');
  }
  if (warnMs.length > 0 && warnText === undefined && !endsGame(schedule)) {
    throw new PinkyError('bad_command', 'warn: only restart and stop have words of their own: write a warnText');
  }
}

const underWay = (id: string): PinkyError =>
  new PinkyError('not_ready', `a run of schedule ${id} is under way`, { remedy: 'send it again when that is done' });
