import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { problemOf, type Problem } from '../api/problem.js';
import { ActionButton } from '../parts/action-button.js';
import { valueOf } from '../parts/confirm.js';
import { html } from '../parts/html.js';
import { Moment } from '../parts/moment.js';
import { ProblemNote } from '../parts/problem-note.js';
import { useVisits, VisitList, type Visit } from './visit-list.js';
import type { ServerTabProps } from './server-tab-props.js';

const unknown = 'Its funpack does not tell who is connected.';

/** The players who are connected, with a word to each or to all. */
export function PlayersTab({ box, server: { serverId, players, arePlayersUnknown, state } }: ServerTabProps): VNode {
  const visits = useVisits(box, serverId);
  const [message, setMessage] = useState('');
  const [problem, setProblem] = useState<Problem>();
  const path = `/v1/servers/${encodeURIComponent(serverId)}`;
  const why = box.client.may('control') ? undefined : 'Your token does not allow it';
  const needsText = message === '' ? 'Write a message first' : undefined;
  const act = (words: string, end: string, body: unknown) =>
    box.act(words, 'POST', `${path}/${end}`, body).then(
      () => { setProblem(undefined); if (end !== 'kick') setMessage(''); },
      (failure: unknown) => setProblem(problemOf(failure)),
    );
  const nobody = html`<p class="empty">Nobody is here while the server is ${state}.</p>`;
  if (state !== 'up') return html`<div>${nobody}<${VisitList} visits=${visits} /></div>`;
  return html`<div>
    <div class="row">
      <input class="grow" value=${message} placeholder="A message, or the reason of a kick" aria-label="Message"
        onInput=${(event: Event) => setMessage(valueOf(event))} />
      <${ActionButton} kind="primary" why=${why ?? needsText}
        act=${() => act(`Tell all on ${serverId}`, 'broadcast', { message })}>Tell all</${ActionButton}>
    </div>
    ${problem && html`<${ProblemNote} problem=${problem} />`}
    ${players.length === 0 && html`<p class="empty">${arePlayersUnknown ? unknown : 'No player is connected.'}</p>`}
    <ul class="cards">
      ${players.map((user) => html`
        <li key=${user}>
          <strong>${user}</strong>
          <${Came} at=${cameAt(visits, user)} />
          <${ActionButton} why=${why ?? needsText}
            act=${() => act(`Tell ${user}`, 'tell', { user, message })}>Tell</${ActionButton}>
          <${ActionButton} kind="danger" why=${why}
            act=${() => act(`Kick ${user}`, 'kick', { user, ...(message && { message }) })}>Kick</${ActionButton}>
        </li>`)}
    </ul>
    <${VisitList} visits=${visits} />
  </div>`;
}

const cameAt = (visits: readonly Visit[], user: string): string | undefined =>
  visits.find((visit) => visit.user === user && visit.leftAt === undefined)?.cameAt;

const Came = ({ at }: { readonly at: string | undefined }): VNode | null =>
  (at === undefined ? null : html`<span class="quiet">came <${Moment} at=${at} /></span>`);
