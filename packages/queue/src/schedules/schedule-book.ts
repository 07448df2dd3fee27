import type { Schedule } from '@pinky/protocol';
import type { DefinitionBook } from '../definitions/definition-book.js';

/** A schedule, and the server whose definition holds it. */
export interface ServerSchedule {
  readonly serverId: string;
  readonly schedule: Schedule;
}

/** The schedules of all servers. They stand in the definitions, and each change resolves when it is on the disk. */
export class ScheduleBook {
  constructor(private readonly definitions: Pick<DefinitionBook, 'get' | 'all' | 'schedule'>) {}

  all(): ServerSchedule[] {
    return this.definitions.all().flatMap(({ serverId, schedules = [] }) =>
      schedules.map((schedule) => ({ serverId, schedule })));
  }

  of(serverId: string): readonly Schedule[] {
    return this.definitions.get(serverId)?.schedules ?? [];
  }

  isKnown(serverId: string): boolean {
    return this.definitions.get(serverId) !== undefined;
  }

  isWantedUp(serverId: string): boolean {
    return this.definitions.get(serverId)?.wanted === 'up';
  }

  find(id: string): ServerSchedule | undefined {
    return this.all().find(({ schedule }) => schedule.id === id);
  }

  add(serverId: string, schedule: Schedule): Promise<void> {
    return this.definitions.schedule(serverId, [...this.of(serverId), schedule]);
  }

  remove(serverId: string, id: string): Promise<void> {
    return this.definitions.schedule(serverId, this.of(serverId).filter((one) => one.id !== id));
  }

  /** Changes one schedule, as it is by now. A schedule that is gone stays gone. */
  async change(serverId: string, id: string, change: (now: Schedule) => Schedule): Promise<void> {
    const schedules = this.of(serverId);
    if (!schedules.some((one) => one.id === id)) return;
    await this.definitions.schedule(serverId, schedules.map((one) => (one.id === id ? change(one) : one)));
  }
}
