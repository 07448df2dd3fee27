import type { CommandResult, Definition, Schedule, ScheduleView, ServerStatus } from '@pinky/protocol';
import { FakeClock } from '@pinky/protocol/testing';
import type { RequestedRoute } from '../../src/routing/command-route.js';
import { Schedules } from '../../src/schedules/schedules.js';

export const hourMs = 3_600_000;
/** The clock of the tests begins at midnight. */
export const midnight = Date.UTC(2026, 0, 1);

/** Definitions in memory, commands that only note that they came, and the schedules between both. */
export class ScheduledBox {
  readonly log: Record<string, unknown>[] = [];
  readonly sent: { readonly id: string; readonly name: string; readonly said?: string; readonly at: number }[] = [];
  readonly answers: ((id: string) => Promise<CommandResult>)[] = [];
  definition: Definition;
  status: Partial<ServerStatus> | undefined = { state: 'up', players: [] };
  jumpMs = 0;
  schedules: Schedules;

  constructor(readonly clock = new FakeClock(midnight)) {
    this.definition = {
      format: 1,
      serverId: 'a',
      revision: 1,
      changedIn: 1,
      funpack: { url: '/x' },
      ram: { min: 1, max: 1 },
      settings: {},
      wanted: 'up',
      wantedSince: 0,
    };
    this.schedules = this.begin();
  }

  /** Another queue over the same definitions, as after a death of the one before. */
  begin(): Schedules {
    const note = (record: Record<string, unknown>): void => void this.log.push(record);
    this.schedules = new Schedules({
      definitions: {
        get: () => this.definition,
        all: () => [this.definition],
        schedule: async (_id, schedules) => { this.definition = { ...this.definition, schedules }; },
      },
      commands: { route: (routed) => this.#obey(routed) },
      statusOf: () => this.status as ServerStatus | undefined,
      areHeld: () => false,
      logger: { debug: note, info: note, warn: note, error: note } as never,
      clock: Object.assign(Object.create(this.clock) as FakeClock, {
        now: () => this.clock.now(),
        wallNow: () => this.clock.wallNow() + this.jumpMs,
        sleep: (ms: number, signal?: AbortSignal) => this.clock.sleep(ms, signal),
        rest: (ms: number, signal?: AbortSignal) => this.clock.rest(ms, signal),
      }),
    });
    return this.schedules;
  }

  async #obey({ id, command }: RequestedRoute): Promise<CommandResult> {
    const said = command.name === 'broadcast' ? command.data.message : undefined;
    this.sent.push({ id, name: command.name, at: this.clock.wallNow() + this.jumpMs, ...(said && { said }) });
    const answer = this.answers.shift();
    return answer ? answer(id) : { serverId: 'a', state: 'up' };
  }

  async add(terms: Partial<Schedule> & Pick<Schedule, 'when' | 'do'>): Promise<ScheduleView> {
    const data = { serverId: 'a', tz: 'UTC', ...terms };
    const result = await this.schedules.commands.answer({ name: 'schedule add', data }, { id: `add${terms.when}` });
    if (!('schedule' in result)) throw new Error('it answers with the schedule');
    return result.schedule;
  }

  get schedule(): Schedule {
    const [first] = this.definition.schedules ?? [];
    if (!first) throw new Error('no schedule is there');
    return first;
  }

  get names(): string[] {
    return this.sent.map(({ name }) => name);
  }

  /** Starts the clock of the schedules, and lets it go on until so many hours after midnight. */
  async until(hours: number): Promise<void> {
    this.schedules.start();
    await this.clock.advance(Math.round(midnight + hours * hourMs - this.clock.wallNow()));
  }
}
