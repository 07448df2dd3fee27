import type { VNode } from 'preact';
import type { ServerEvent } from '../api/types.js';
import { eventWords } from '../words/events.js';
import { html } from './html.js';
import { Moment } from './moment.js';

/** Events, the newest first. */
export const EventList = ({ events }: { readonly events: readonly ServerEvent[] }): VNode => html`
  <ol class="events">
    ${events.toReversed().map((event) => html`
      <li class=${`event ${event.type}`}>
        <${Moment} at=${event.ts} /> <strong>${event.type.replaceAll('_', ' ')}</strong>
        <span class="quiet"> ${eventWords(event)}</span>
      </li>`)}
  </ol>`;
