import type { SingleBar } from 'cli-progress';
import type { ProgressListener } from '@pinky/protocol';
import { formatSize } from '../config/sizes.js';
import { cleanText } from './clean.js';
import type { Output } from './output.js';

export interface Progress {
  readonly listener: ProgressListener;
  readonly done: () => void;
}

/** Shows how far long work is: a bar on stderr where that is a terminal, nothing elsewhere. */
export function showProgress(out: Output): Progress {
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
  // Loaded only where a bar is shown: `pinky ps` has no use for it.
  const { Presets, SingleBar: Bar } = require('cli-progress') as typeof import('cli-progress');
  const stream = out.streams.stderr;
  const format = total > 0 ? '{label} [{bar}] {percentage}% {amount}' : '{label} {amount}';
  const bar = new Bar({ format, stream, clearOnComplete: true, hideCursor: true, barsize: 30, fps: 5 }, Presets.rect);
  bar.start(total, 0, { label, amount: '' });
  return bar;
}

/** Large figures are bytes, small ones are steps. */
const amount = (done: number, total: number | undefined): string => {
  const isBytes = Math.max(done, total ?? 0) >= 4096;
  const text = (value: number): string => (isBytes ? formatSize(value) : String(value));
  return total === undefined ? text(done) : `${text(done)} of ${text(total)}`;
};
