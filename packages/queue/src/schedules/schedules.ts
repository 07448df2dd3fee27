import { sharedAbort, type Clock, type Logger, type LongLived, type ServerStatus } from '@pinky/protocol';
import type { DefinitionBook } from '../definitions/definition-book.js';
import type { CommandRoute } from '../routing/command-route.js';
import { KnownTimes } from './known-times.js';
import { ScheduleBook } from './schedule-book.js';
import { ScheduleClock } from './schedule-clock.js';
import { ScheduleCommands } from './schedule-commands.js';
import { ScheduleRunner } from './schedule-runner.js';
import { StepRunner } from './step-runner.js';

export interface SchedulesOptions {
  readonly definitions: Pick<DefinitionBook, 'get' | 'all' | 'schedule'>;
  /** The way of every command, by the definitions. */
  readonly commands: CommandRoute;
  readonly statusOf: (serverId: string) => ServerStatus | undefined;
  /** The box was brought up without what was wanted. */
  readonly areHeld: () => boolean;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Puts together the parts that keep and obey schedules. */
export class Schedules implements LongLived {
  readonly commands: ScheduleCommands;
  readonly #clock: ScheduleClock;
  readonly #end = sharedAbort();

  constructor(options: SchedulesOptions) {
    const book = new ScheduleBook(options.definitions);
    const known = new KnownTimes();
    const { signal } = this.#end;
    const steps = new StepRunner({ ...options, isWantedUp: (serverId) => book.isWantedUp(serverId) });
    const runner = new ScheduleRunner({ ...options, book, steps, known, signal });
    this.commands = new ScheduleCommands({ ...options, book, known, runner });
    this.#clock = new ScheduleClock({ ...options, book, known, runner, signal });
  }

  start(signal?: AbortSignal): void {
    this.#clock.start(signal);
  }

  /** The queue is about to end: no run and no step begins any more. */
  stopBeginning(): void {
    this.#end.abort();
  }

  /** Does not wait for steps that are in hand: the next queue goes on with them. */
  stop(): Promise<void> {
    this.stopBeginning();
    return this.#clock.stop();
  }
}
