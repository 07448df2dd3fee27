import type { Clock, ServerStatus } from '@pinky/protocol';
import { ProcessMeter, type ProcessFigures } from './process-figures.js';
import { processGroupOf, processGroups } from './process-groups.js';

/** The costs of a game and of everything that it started. */
export interface ServerUsage {
  /** Percent of one core since the sample before: 200 is two cores. */
  readonly cpuPercent: number;
  /** The resident memory of the group's processes, bytes. Pages that they share count in each. */
  readonly memoryBytes: number;
}

/** How long figures are kept up to date after somebody asked for them, milliseconds. */
const interestMs = 60_000;
/** Figures older than this are taken anew for who asks, milliseconds. */
const freshMs = 15_000;
/** The CPU of a game is measured over this time if nobody has asked for long, milliseconds. */
const measureMs = 250;

/**
 * Measures the running games, each with its whole process group. That reads a file for each process of the machine, so
 * it is done only while somebody asks for it, and now and then for the graphs.
 */
export class UsageSampler {
  readonly #meter = new ProcessMeter();
  #latest: Readonly<Record<string, ServerUsage>> = {};
  #sampledAt = Number.NEGATIVE_INFINITY;
  #askedAt = Number.NEGATIVE_INFINITY;
  #measuring: Promise<void> | undefined;

  constructor(private readonly statuses: () => readonly ServerStatus[], private readonly clock: Clock) {}

  /**
   * The figures of the last sample, at most 15 s old. `isPassing`: nobody waits for the next ones, so they are not kept
   * fresh, and the CPU is that since the sample before.
   */
  async latest(isPassing = false): Promise<Readonly<Record<string, ServerUsage>>> {
    const now = this.clock.now();
    if (!isPassing) this.#askedAt = now;
    if (now - this.#sampledAt > freshMs) {
      this.#measuring ??= (isPassing ? this.sample() : this.#measure()).finally(() => { this.#measuring = undefined; });
      await this.#measuring;
    }
    return this.#latest;
  }

  /** To be called now and then. Does nothing if nobody has asked for figures lately. */
  async keepFresh(): Promise<void> {
    if (this.clock.now() - this.#askedAt <= interestMs) await this.sample();
  }

  async #measure(): Promise<void> {
    await this.sample();
    if (Object.keys(this.#latest).length === 0) return;
    await this.clock.rest(measureMs);
    await this.sample();
  }

  /** Looks through /proc only if a game runs. */
  async sample(): Promise<void> {
    this.#sampledAt = this.clock.now();
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
