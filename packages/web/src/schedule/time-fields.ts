import type { VNode } from 'preact';
import { valueOf } from '../parts/confirm.js';
import { html } from '../parts/html.js';
import { cronOf, dayName, weekdays, type PlainTime, type Weekday } from './plain-times.js';

interface TimeFieldsProps {
  readonly time: PlainTime;
  readonly set: (time: PlainTime) => void;
}

const kinds: Readonly<Record<PlainTime['kind'], string>> = {
  daily: 'every day',
  weekly: 'on some days of the week',
  hours: 'every few hours',
  minutes: 'every few minutes',
  cron: 'as in a crontab',
};

/** When it is done, by words instead of the five fields of cron. */
export function TimeFields({ time, set }: TimeFieldsProps): VNode {
  const choose = (event: Event): void => set(timeOf(valueOf(event), time));
  return html`
    <div class="row">
      <label>When <select onChange=${choose}>
        ${Object.entries(kinds).map(([kind, words]) => html`
          <option value=${kind} selected=${kind === time.kind}>${words}</option>`)}
      </select></label>
      ${'at' in time && html`
        <label>at <input type="time" required value=${time.at}
          onInput=${(event: Event) => set({ ...time, at: valueOf(event) || time.at })} /></label>`}
      ${time.kind === 'weekly' && html`
        <${Days} days=${time.days} set=${(days: Weekday[]) => set({ ...time, days })} />`}
      ${'every' in time && html`
        <label>${time.kind}: <input type="number" min="1" max=${time.kind === 'hours' ? 23 : 59} value=${time.every}
          onInput=${(event: Event) => set({ ...time, every: Math.max(1, Number(valueOf(event))) })} /></label>`}
      ${time.kind === 'cron' && html`
        <label>minute, hour, day, month, weekday <input class="mono" value=${time.when}
          onInput=${(event: Event) => set({ kind: 'cron', when: valueOf(event) })} /></label>`}
    </div>`;
}

interface DaysProps {
  readonly days: readonly Weekday[];
  readonly set: (days: Weekday[]) => void;
}

function Days({ days, set }: DaysProps): VNode {
  const toggle = (day: Weekday): void =>
    set(days.includes(day) ? days.filter((each) => each !== day) : [...days, day]);
  return html`
    <span class="filters" role="group" aria-label="Days of the week">
      ${weekdays.map((day) => html`
        <button type="button" aria-pressed=${days.includes(day)} onClick=${() => toggle(day)}
          aria-label=${dayName(day)}>${dayName(day).slice(0, 2)}</button>`)}
    </span>`;
}

/** A time of another kind. The one before stays, written as a crontab has it. */
function timeOf(kind: string, before: PlainTime): PlainTime {
  const at = 'at' in before ? before.at : '04:00';
  switch (kind) {
    case 'weekly': return { kind, at, days: ['sat', 'sun'] };
    case 'hours': return { kind, every: 6 };
    case 'minutes': return { kind, every: 30 };
    case 'cron': return { kind, when: cronOf(before) };
    default: return { kind: 'daily', at };
  }
}
