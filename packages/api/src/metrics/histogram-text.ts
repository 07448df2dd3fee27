/** Durations by the buckets of a histogram, as the queue counts them. */
export interface Tally {
  /** Upper bounds of the buckets, seconds. */
  readonly bounds: readonly number[];
  readonly series: readonly {
    readonly labels: Readonly<Record<string, string>>;
    /** How many durations are in each bucket alone; the last one has those above all bounds. */
    readonly counts: readonly number[];
    /** All durations together, seconds. */
    readonly sum: number;
  }[];
}

/**
 * A histogram that another process has counted, in the text format of Prometheus. prom-client knows only what it has
 * counted itself. The labels are words of ours, in which nothing has to be escaped.
 */
export function histogramText(name: string, help: string, { bounds, series }: Tally): string {
  if (series.length === 0) return '';
  const lines = series.flatMap(({ labels, counts, sum }) => {
    const own = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    const set = (more: readonly string[]): string => (more.length === 0 ? '' : `{${more.join(',')}}`);
    let below = 0;
    const buckets = [...bounds, '+Inf'].map((bound, at) => {
      below += counts[at] ?? 0;
      return `${name}_bucket${set([...own, `le="${bound}"`])} ${below}`;
    });
    return [...buckets, `${name}_sum${set(own)} ${sum}`, `${name}_count${set(own)} ${below}`];
  });
  return `\n# HELP ${name} ${help}\n# TYPE ${name} histogram\n${lines.join('\n')}\n`;
}
