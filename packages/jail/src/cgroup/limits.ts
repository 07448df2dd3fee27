/** The limits of one launch. A limit that is absent is not set. */
export interface Limits {
  readonly memoryBytes?: number;
  /** Processes and threads. */
  readonly processes?: number;
  /** The share of the processors while they are short, 1 to 10 000; 100 is usual. */
  readonly cpuWeight?: number;
  /** Percent of one processor; 200 are two whole ones. */
  readonly cpuQuotaPercent?: number;
  /** How many files it may have open, whatever it raises its own limit to. No cgroup keeps this one. */
  readonly openFiles?: number;
  /** How much sooner the kernel ends this game than others when the machine is out of memory, 0 to 1 000. */
  readonly oomScore?: number;
}

/** One file of a cgroup, and what to write to it. */
export interface Setting {
  readonly limit: keyof Limits;
  readonly controller: 'memory' | 'pids' | 'cpu';
  readonly file: string;
  readonly value: string;
}

const periodMicros = 100_000;

/** The files by which limits are set: those of v2, or those that do the same in v1. */
export function settingsOf(limits: Limits, version: 1 | 2): readonly Setting[] {
  const { memoryBytes, processes, cpuWeight, cpuQuotaPercent } = limits;
  const quota = cpuQuotaPercent === undefined ? '' : String((cpuQuotaPercent / 100) * periodMicros);
  const isV2 = version === 2;
  return [
    ...(memoryBytes === undefined
      ? []
      : [setting('memoryBytes', 'memory', isV2 ? 'memory.max' : 'memory.limit_in_bytes', memoryBytes)]),
    ...(processes === undefined ? [] : [setting('processes', 'pids', 'pids.max', processes)]),
    ...(cpuWeight === undefined
      ? []
      : [
          isV2
            ? setting('cpuWeight', 'cpu', 'cpu.weight', cpuWeight)
            : setting('cpuWeight', 'cpu', 'cpu.shares', Math.max(2, Math.round((cpuWeight * 1024) / 100))),
        ]),
    ...(cpuQuotaPercent === undefined
      ? []
      : [
          isV2
            ? setting('cpuQuotaPercent', 'cpu', 'cpu.max', `${quota} ${periodMicros}`)
            : setting('cpuQuotaPercent', 'cpu', 'cpu.cfs_quota_us', quota),
        ]),
  ];
}

const setting = (
  limit: keyof Limits,
  controller: Setting['controller'],
  file: string,
  value: string | number,
): Setting => ({ limit, controller, file, value: String(value) });

const mebibyte = 2 ** 20;

/**
 * The memory limit of a game that was given so many megabytes: a quarter more, and the headroom. A JVM needs that much
 * beside its heap, for its threads, its compiled code and what it maps.
 */
export const memoryLimit = (ramMegabytes: number, headroomBytes: number): number =>
  Math.ceil(ramMegabytes * 1.25) * mebibyte + headroomBytes;
