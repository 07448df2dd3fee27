import { foldedSamples, type Sample } from './sample.js';

/** Samples as columns of one length. A null stands where nothing was measured: a gap is a gap. */
export interface Curve {
  /** Unix seconds. */
  readonly times: number[];
  readonly cpuPercent: (number | null)[];
  readonly memoryBytes: (number | null)[];
  readonly players: (number | null)[];
}

/** Samples that are further apart than so many of their spans have a gap between them. */
const gapSpans = 2.5;

/** Thins samples to one in each step. `stepMs`: at most one sample comes in so many milliseconds. */
export function curveOf(samples: readonly Sample[], stepMs: number): Curve {
  const rows = withGaps(thinned(samples, stepMs), stepMs);
  const column = (field: 'cpuPercent' | 'memoryBytes' | 'players') =>
    rows.map(({ sample }) => (sample ? sample[field] : null));
  return {
    times: rows.map(({ at }) => Math.round(at / 1_000)),
    cpuPercent: column('cpuPercent').map((each) => (each === null ? null : Math.round(each * 10) / 10)),
    memoryBytes: column('memoryBytes'),
    players: column('players'),
  };
}

function thinned(samples: readonly Sample[], stepMs: number): Sample[] {
  const steps = new Map<number, Sample[]>();
  for (const sample of samples) {
    const step = Math.floor(sample.at / stepMs);
    steps.set(step, [...(steps.get(step) ?? []), sample]);
  }
  return [...steps.values()].flatMap((each) => {
    const [first] = each;
    return first && each.length > 1 ? foldedSamples(each, first.at, Math.max(stepMs, first.spanMs)) : each;
  });
}

interface Row {
  readonly at: number;
  readonly sample?: Sample;
}

function withGaps(samples: readonly Sample[], stepMs: number): Row[] {
  return samples.flatMap((sample, i): Row[] => {
    const before = samples[i - 1];
    const usual = Math.max(stepMs, sample.spanMs, before?.spanMs ?? 0);
    const isGap = before !== undefined && sample.at - before.at > usual * gapSpans;
    return [...(isGap ? [{ at: before.at + before.spanMs }] : []), { at: sample.at, sample }];
  });
}
