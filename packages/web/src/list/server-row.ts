import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Server } from '../api/types.js';
import { html } from '../parts/html.js';
import { StateWord } from '../parts/state-word.js';
import { hrefOf, type Tab } from '../route.js';
import { bytesText, playersCount, playersText } from '../words/format.js';
import { needsAttention } from './arrange.js';

interface ServerRowProps {
  readonly server: Server;
  readonly isOpen: boolean;
  readonly isChosen: boolean;
  readonly tab: Tab;
  readonly choose: (serverId: string) => void;
}

/** One server of the rail. It is drawn anew only where something that it shows has changed. */
export function ServerRow({ server, isOpen, isChosen, tab, choose }: ServerRowProps): VNode {
  const { serverId, state } = server;
  const classes = `${isOpen ? 'open' : ''} ${needsAttention(server) ? 'attention' : ''}`;
  const { game, players, next, figures } = shownOf(server);
  return useMemo(() => html`
    <li class=${classes}>
      <input type="checkbox" checked=${isChosen} aria-label=${`Choose ${serverId}`}
        onChange=${() => choose(serverId)} />
      <a href=${hrefOf(serverId, tab)} aria-current=${isOpen ? 'page' : undefined}>
        <span class="name">${serverId}</span>
        <${StateWord} state=${state} />
        <span class="quiet game">${game}</span>
        <span class="figures">${players}</span>
        <span class="quiet next">${next}</span>
        <span class="quiet figures">${figures}</span>
      </a>
    </li>`, [classes, serverId, state, isOpen, isChosen, tab, choose, game, players, next, figures]);
}

/** The texts of a row. */
function shownOf(server: Server) {
  const { game, port, maxPlayers, cpuPercent, memoryBytes, next } = server;
  const count = playersCount(server);
  const figures = [
    cpuPercent === undefined ? '' : `${Math.round(cpuPercent)} %`,
    memoryBytes === undefined ? '' : bytesText(memoryBytes),
  ];
  return {
    game: `${game}${port === undefined ? '' : ` :${port}`}`,
    players: count === 0 ? '' : playersText(count, maxPlayers),
    next: next === undefined ? '' : `next: ${next}`,
    figures: figures.filter(Boolean).join(' · '),
  };
}
