import type { VNode } from 'preact';
import type { Schedule } from '../api/types.js';
import { ActionButton } from '../parts/action-button.js';
import { html } from '../parts/html.js';
import { cronWords } from './plain-times.js';

interface ConflictProps {
  /** The schedule as it is by now. */
  readonly now: Schedule;
  /** The change that was refused, in words. */
  readonly words: string;
  readonly onYes: () => Promise<unknown>;
  readonly onNo: () => void;
}

/** A schedule that somebody else has changed, beside what was wanted of it here. */
export function Conflict({ now, words, onYes, onNo }: ConflictProps): VNode {
  const { when, tz, doInWords, isPaused } = now;
  return html`
    <section class="conflict" role="alert" aria-label="The schedule as it is now">
      <p>Somebody has changed this schedule since you looked, so nothing was done. It is now:</p>
      <p><strong>${cronWords(when)}</strong> <span class="quiet">${tz}</span> ${doInWords}${isPaused && ', paused'}</p>
      <div class="row">
        <${ActionButton} act=${onYes}>${words} all the same</${ActionButton}>
        <button type="button" onClick=${onNo}>Leave it so</button>
      </div>
    </section>`;
}
