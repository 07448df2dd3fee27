import type { Clock } from '@pinky/protocol';
import type { Progress } from './tasks.js';

/** Between two reports, milliseconds: enough for a bar that people watch, and next to nothing for the worker. */
const intervalMs = 200;

/** Passes on at most five reports a second, and at once where the label changes or the end is reached. */
export function throttleProgress(clock: Clock, report: (progress: Progress) => void): (progress: Progress) => void {
  let label = '';
  let next = 0;
  return (progress) => {
    const isNews = progress.label !== label || progress.done === progress.total;
    if (!isNews && clock.now() < next) return;
    label = progress.label;
    next = clock.now() + intervalMs;
    report(progress);
  };
}
