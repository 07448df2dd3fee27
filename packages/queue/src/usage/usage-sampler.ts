import type { ServerStatus } from '@pinky/protocol';
import { ProcessMeter, type ProcessFigures } from './process-figures.js';
import { processGroupOf, processGroups } from './process-groups.js';

/** The costs of a game and of everything that it started. */
export interface ServerUsage {
  /** Percent of one core since the sample before: 200 is two cores. */
  readonly cpuPercent: number;
  /** The resident memory of the group's processes, bytes. Pages that they share count in each. */
  readonly memoryBytes: number;
}

/** Measures the running games, each with its whole process group. */
export class UsageSampler {
  readonly #meter = new ProcessMeter();
  #latest: Readonly<Record<string, ServerUsage>> | undefined;

  constructor(private readonly statuses: () => readonly ServerStatus[]) {}

  /** The figures of the last sample. The first caller waits for one. */
  async latest(): Promise<Readonly<Record<string, ServerUsage>>> {
    if (!this.#latest) await this.sample();
    return this.#latest ?? {};
  }

  /** Looks through /proc only if a game runs. */
  async sample(): Promise<void> {
    const running = this.statuses().flatMap(({ serverId, pid }) => (pid === undefined ? [] : [{ serverId, pid }]));
    if (running.length === 0) {
      this.#latest = {};
      return;
    }
    const groups = await processGroups();
    const members = running.map(({ serverId, pid }) => ({
      serverId,
      pids: groups.get(processGroupOf(pid) ?? -1) ?? [],
    }));
    const figures = this.#meter.figures(new Set(members.flatMap((each) => each.pids)));
    this.#latest = Object.fromEntries(
      members.map(({ serverId, pids: own }) => [serverId, sum(own.map((pid) => figures.get(pid)))]),
    );
  }
}

function sum(figures: readonly (ProcessFigures | undefined)[]): ServerUsage {
  let cpuPercent = 0;
  let memoryBytes = 0;
  for (const each of figures) {
    cpuPercent += each?.cpu ?? 0;
    memoryBytes += each?.memory ?? 0;
  }
  return { cpuPercent: Math.round(cpuPercent * 10) / 10, memoryBytes };
}
