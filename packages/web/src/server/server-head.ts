import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { Box } from '../api/box.js';
import type { Server } from '../api/types.js';
import { ActionButton } from '../parts/action-button.js';
import { Confirm } from '../parts/confirm.js';
import { html } from '../parts/html.js';
import { StateWord } from '../parts/state-word.js';
import { useNow } from '../parts/use-store.js';
import { bytesText, exactText, playersCount, playersText, spanText } from '../words/format.js';
import { primaryAction } from '../words/states.js';

interface ServerHeadProps {
  readonly box: Box;
  readonly server: Server;
}

/** Name, game, state, address, players, and the one action that fits the state. */
export function ServerHead({ box, server }: ServerHeadProps): VNode {
  const { serverId, game, state, since, port, maxPlayers, cpuPercent, memoryBytes } = server;
  const now = useNow();
  const address = port === undefined ? undefined : `${location.hostname}:${port}`;
  const lasts = since === undefined ? '' : ` for ${spanText(now - Date.parse(since))}`;
  return html`
    <header class="head">
      <a class="back" href="#/" aria-label="Back to the list">‹</a>
      <h1>${serverId}</h1>
      <span class="quiet">${game}</span>
      <span title=${since && `since ${exactText(since)}`}><${StateWord} state=${state} />${lasts}</span>
      ${address && html`
        <button type="button" class="plain address" title="Copy the address"
          onClick=${() => void navigator.clipboard?.writeText(address)}>${address}</button>`}
      <span class="figures">${playersText(playersCount(server), maxPlayers)}</span>
      ${cpuPercent !== undefined && html`<span class="quiet figures">${Math.round(cpuPercent)} % cpu</span>`}
      ${memoryBytes !== undefined && html`<span class="quiet figures">${bytesText(memoryBytes)}</span>`}
      <${Actions} box=${box} server=${server} />
      <${Explanation} server=${server} />
    </header>`;
}

const words = { start: 'Start', stop: 'Stop', cancel: 'Cancel', restart: 'Restart', kill: 'Kill' } as const;
type Action = 'start' | 'stop' | 'restart' | 'kill';
const saved = 'Its players are disconnected. The world is backed up first.';
const questions = {
  stop: saved,
  restart: saved,
  kill: 'For a game that hangs: it is ended at once, without a word to it. It cannot save first.',
} as const;

function Actions({ box, server: { serverId, state } }: ServerHeadProps): VNode {
  const [isAsked, setAsked] = useState<keyof typeof questions>();
  const primary = primaryAction(state);
  const why = box.client.may('control') ? undefined : 'Your token does not allow it';
  const act = (action: Action) =>
    box.act(`${words[action]} ${serverId}`, 'POST', `/v1/servers/${encodeURIComponent(serverId)}/${action}`);
  const press = () => {
    if (primary === 'stop') return setAsked('stop');
    return act(primary === 'cancel' ? 'stop' : 'start');
  };
  return html`
    <span class="actions">
      <${ActionButton} kind="primary" act=${press} why=${why}>${words[primary]}</${ActionButton}>
      ${state === 'up' && html`
        <${ActionButton} act=${() => setAsked('restart')} why=${why}>${words.restart}</${ActionButton}>`}
      ${(state === 'up' || state === 'stopping') && html`
        <${ActionButton} kind="danger" act=${() => setAsked('kill')} why=${why}>${words.kill}</${ActionButton}>`}
      ${isAsked && html`
        <${Confirm} title=${`${words[isAsked]} ${serverId}?`} yes=${words[isAsked]} onNo=${() => setAsked(undefined)}
          typed=${isAsked === 'kill' ? serverId : undefined}
          onYes=${() => { setAsked(undefined); void act(isAsked).catch(() => undefined); }}>
          <p>${questions[isAsked]}</p>
        </${Confirm}>`}
    </span>`;
}

/** One sentence, where there is something to say. */
function Explanation({ server }: Pick<ServerHeadProps, 'server'>): VNode | null {
  const now = useNow();
  const { because, next, nextAt, explain = {}, state } = server;
  const failure = explain['failure'] as { readonly message?: string; readonly remedy?: string } | undefined;
  const when = nextAt === undefined ? '' : ` in ${spanText(Date.parse(nextAt) - now)}`;
  if (failure?.message !== undefined) {
    return html`<p class="explain bad">It failed: ${failure.message}. <span class="quiet">${failure.remedy}</span></p>`;
  }
  const because_ = because !== undefined && state !== 'up' ? `Because ${because}. ` : '';
  const next_ = next === undefined ? '' : `Next: ${next}${when}.`;
  return because_ + next_ === '' ? null : html`<p class="explain quiet">${because_}${next_}</p>`;
}
