import type { VNode } from 'preact';
import type { Schedule } from '../api/types.js';
import { ActionButton } from '../parts/action-button.js';
import { html } from '../parts/html.js';
import { Moment } from '../parts/moment.js';
import { spanText } from '../words/format.js';
import { cronWords } from './plain-times.js';

export type ScheduleAction = 'run' | 'edit' | 'pause' | 'goOn' | 'remove';

interface ScheduleRowProps {
  readonly schedule: Schedule;
  readonly why: string | undefined;
  readonly act: (action: ScheduleAction) => void;
}

/** One schedule: when, what, and how it went last. */
export function ScheduleRow({ schedule, why, act }: ScheduleRowProps): VNode {
  const { when, tz, doInWords, isPaused } = schedule;
  const words = cronWords(when);
  return html`
    <li>
      <div class="grow">
        <strong title=${when}>${words}</strong> <span class="quiet">${tz}</span>
        <div>${doInWords}${termsOf(schedule)}</div>
        <${Runs} schedule=${schedule} />
      </div>
      <${ActionButton} why=${why} act=${() => act('run')} label=${`Run now: ${words}`}>Run now</${ActionButton}>
      <${ActionButton} why=${why} act=${() => act('edit')} label=${`Change: ${words}`}>Change</${ActionButton}>
      <${ActionButton} why=${why} act=${() => act(isPaused ? 'goOn' : 'pause')}
        label=${`${isPaused ? 'Go on' : 'Pause'}: ${words}`}>${isPaused ? 'Go on' : 'Pause'}</${ActionButton}>
      <${ActionButton} kind="danger" why=${why} act=${() => act('remove')}
        label=${`Remove: ${words}`}>✕</${ActionButton}>
    </li>`;
}

function termsOf({ warnMs = [], players }: Schedule): string {
  const warned = warnMs.length === 0 ? '' : `; players are warned ${warnMs.map(spanText).join(', ')} before`;
  if (players === 'wait') return `${warned}; when nobody is connected`;
  return players === 'skip' ? `${warned}; not if somebody is connected` : warned;
}

function Runs({ schedule }: Pick<ScheduleRowProps, 'schedule'>): VNode {
  const { isPaused, nextAt, runningSince, last, missed } = schedule;
  const because = last?.because === undefined ? '' : ` (${last.because})`;
  return html`
    <div class="quiet">
      ${isPaused && 'Paused. '}
      ${runningSince && html`<span class="busy">Under way since <${Moment} at=${runningSince} />. </span>`}
      ${nextAt && html`<span>Next <${Moment} at=${nextAt} />. </span>`}
      ${last && html`<span class=${last.outcome === 'failed' ? 'bad' : ''}>
        Last <${Moment} at=${last.at} />: ${last.outcome}${because}. </span>`}
      ${missed && html`<span class="busy">${missed.count} missed, because ${missed.because}.</span>`}
    </div>`;
}
