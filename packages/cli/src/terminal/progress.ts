import type { SingleBar } from 'cli-progress';
import type { ProgressListener } from '@pinky/protocol';
import { cleanText } from './clean.js';
import { formatSize } from './figures.js';
import type { Output } from './output.js';

export interface ProgressDisplay {
  readonly listener: ProgressListener;
  readonly done: () => void;
}

/** Shows the progress of long work: a bar on stderr if that is a terminal, otherwise nothing. */
export function showProgress(out: Output): ProgressDisplay {
  if (!out.showsProgress) return { listener: () => undefined, done: () => undefined };
  let bar: SingleBar | undefined;
  let label: string | undefined;
  const done = (): void => {
    bar?.stop();
    bar = undefined;
  };
  const listener: ProgressListener = (progress) => {
    const total = progress.total ?? 0;
    if (label !== progress.label) done();
    label = progress.label;
    bar ??= newBar(out, total, cleanText(progress.label));
    if (total !== bar.getTotal()) bar.setTotal(total);
    bar.update(progress.done, { label: cleanText(progress.label), amount: amount(progress.done, progress.total) });
  };
  return { listener, done };
}

function newBar(out: Output, total: number, label: string): SingleBar {
  // Loaded only when a bar is shown, so that `pinky ps` starts fast.
  const { Presets, SingleBar: Bar } = require('cli-progress') as typeof import('cli-progress');
  const stream = out.streams.stderr;
  const format = total > 0 ? '{label} [{bar}] {percentage}% {amount}' : '{label} {amount}';
  const bar = new Bar({
    format,
    stream,
    clearOnComplete: true,
    hideCursor: true,
    barsize: 30,
    fps: 5,
  }, Presets.rect);
  bar.start(total, 0, { label, amount: '' });
  return bar;
}

/** Large numbers are bytes, small ones are steps. */
const amount = (done: number, total: number | undefined): string => {
  if (done === 0 && total === undefined) return '';
  const isBytes = Math.max(done, total ?? 0) >= 4096;
  const text = (value: number): string => (isBytes ? formatSize(value) : String(value));
  return total === undefined ? text(done) : `${text(done)} of ${text(total)}`;
};
