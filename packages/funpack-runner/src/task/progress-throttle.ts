import type { Clock, Progress } from '@pinky/protocol';

/** Between two reports, milliseconds: enough for a progress bar, and next to nothing for the worker. */
const intervalMs = 200;

/** Passes on at most five reports a second. A new label, and the end, are reported at once. */
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
