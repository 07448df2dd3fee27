import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { Box } from '../api/box.js';
import { Confirm } from '../parts/confirm.js';
import { html } from '../parts/html.js';

const actions = ['start', 'stop', 'restart', 'backups'] as const;
type Action = (typeof actions)[number];

const wordsOf: Readonly<Record<Action, string>> = {
  start: 'Start',
  stop: 'Stop',
  restart: 'Restart',
  backups: 'Back up',
};
/** They end a game, so they ask first. */
const asksFirst: ReadonlySet<Action> = new Set(['stop', 'restart']);

interface BulkActionsProps {
  readonly box: Box;
  readonly chosen: ReadonlySet<string>;
  readonly onDone: () => void;
}

/** One action for all chosen servers. Stopping asks first. */
export function BulkActions({ box, chosen, onDone }: BulkActionsProps): VNode {
  const [asked, setAsked] = useState<Action>();
  const act = (action: Action): void => {
    // each one shows how it goes in the line at the foot
    for (const id of chosen)
      void box.act(`${wordsOf[action]} ${id}`, 'POST', `/v1/servers/${id}/${action}`).catch(() => undefined);
    onDone();
  };
  return html`
    <div class="row bulk" role="group" aria-label="For the chosen servers">
      <span>${chosen.size} chosen</span>
      ${actions.map((action) => html`
        <button type="button" onClick=${() => (asksFirst.has(action) ? setAsked(action) : act(action))}>
          ${wordsOf[action]}
        </button>`)}
      <button type="button" class="plain" onClick=${onDone}>Clear</button>
      ${asked && html`
        <${Confirm} title=${`${wordsOf[asked]} ${chosen.size} servers?`} yes=${wordsOf[asked]}
          onYes=${() => act(asked)} onNo=${() => setAsked(undefined)}>
          <p>Their players are disconnected. Each world is backed up first.</p>
        </${Confirm}>`}
    </div>`;
}
