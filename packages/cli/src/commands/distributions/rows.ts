import { boxFetchStates, type BoxFetch, type BoxFetchState, type DistributionView } from '@pinky/protocol';
import type { Context } from '../../command-line/context.js';
import { formatDuration, formatSize } from '../../terminal/figures.js';
import type { TableRow } from '../../terminal/table.js';

export const columns = ['DISTRIBUTION', 'FUNPACK', 'STATE', 'AGE', 'WAVES', 'BOXES'];
export const boxColumns = ['BOX', 'STATE', 'SINCE', 'WAVE', 'PROGRESS', 'BECAUSE'];

export function rowOf({ out }: Context, one: DistributionView, now: number): TableRow {
  return [
    out.paint('strong', one.id),
    out.foreign(one.funpack),
    one.state,
    ageOf(one.createdAt, now),
    one.waves,
    countsText(one),
  ];
}

export function boxRow({ out }: Context, one: BoxFetch, now: number): TableRow {
  const { box, state, since, wave, progress, error } = one;
  return [
    out.paint('strong', box),
    state,
    ageOf(since, now),
    wave,
    progress && state !== 'done' ? progressText(progress) : '',
    error ? out.foreign(`${error.code}: ${error.message}`) : '',
  ];
}

/** One line: the pack, its state, and how many boxes are in which state. */
export function summary({ out }: Context, one: DistributionView): string {
  const to = one.group === undefined ? '' : ` to group ${one.group}`;
  const because = one.because === undefined ? '' : `, because ${out.foreign(one.because)}`;
  return `${out.paint('strong', one.id)} brings ${out.foreign(one.funpack)}${to}: ${one.state}${because}; ` +
    `${countsText(one)}`;
}

/** `2 done, 1 fetching of 3`. */
function countsText({ counts }: DistributionView): string {
  const order: readonly BoxFetchState[] = [...boxFetchStates].reverse();
  const parts = order.flatMap((state) => (counts[state] === 0 ? [] : [`${counts[state]} ${state}`]));
  return `${parts.join(', ')} of ${counts.boxes}`;
}

function progressText({ phase, bytes, totalBytes }: NonNullable<BoxFetch['progress']>): string {
  return `${phase} ${formatSize(bytes)}${totalBytes === undefined ? '' : ` of ${formatSize(totalBytes)}`}`;
}

const ageOf = (moment: number, now: number): string => formatDuration(Math.max(0, now - moment));
