/** The costs and players of a server at one moment, or over the time that follows it. */
export interface Sample {
  /** Unix milliseconds. */
  readonly at: number;
  /** How long it stands for, milliseconds. */
  readonly spanMs: number;
  /** Percent of one core: 200 is two cores. */
  readonly cpuPercent: number;
  readonly memoryBytes: number;
  /** Null where nobody can know it. */
  readonly players: number | null;
}

/** Between two samples of a server, milliseconds; and what one line stands for once they are old. */
export const sampleMs = 30_000;
export const oldSampleMs = 10 * 60_000;

/** One line of a file: seconds, percent, bytes, players; `-` for unknown ones, whose lines older versions leave out. */
export const lineOf = ({ at, cpuPercent, memoryBytes, players }: Sample): string =>
  `${Math.round(at / 1_000)} ${Math.round(cpuPercent * 10) / 10} ${Math.round(memoryBytes)} ${players ?? '-'}\n`;

/** Undefined for a line that was cut short. */
export function sampleIn(line: string, spanMs: number): Sample | undefined {
  const [, seconds, cpu, memory, players] = /^(\d{9,11}) ([\d.]+) (\d+) (\d+|-)$/.exec(line) ?? [];
  if (players === undefined) return undefined;
  return {
    at: Number(seconds) * 1_000,
    spanMs,
    cpuPercent: Number(cpu),
    memoryBytes: Number(memory),
    players: players === '-' ? null : Number(players),
  };
}

/** Several samples as one: the mean of what is used up, and the most of what is in use. */
export function foldedSamples(samples: readonly Sample[], at: number, spanMs: number): Sample {
  const counts = samples.flatMap(({ players }) => players ?? []);
  return {
    at,
    spanMs,
    cpuPercent: samples.reduce((sum, { cpuPercent }) => sum + cpuPercent, 0) / Math.max(1, samples.length),
    memoryBytes: Math.max(0, ...samples.map(({ memoryBytes }) => memoryBytes)),
    players: counts.length === 0 ? null : Math.max(...counts),
  };
}
