import type { VNode } from 'preact';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Box } from '../api/box.js';
import { valueOf } from '../parts/confirm.js';
import { html } from '../parts/html.js';
import { ThemeChoice } from '../parts/theme.js';
import { useStore } from '../parts/use-store.js';
import type { Tab } from '../route.js';
import { arranged, countOf, filters, type Filter } from './arrange.js';
import { BulkActions } from './bulk-actions.js';
import { ServerRow } from './server-row.js';

interface ServerListProps {
  readonly box: Box;
  readonly open: string | undefined;
  readonly tab: Tab;
}

/** The rail of servers: search, filters, and one row each. */
export function ServerList({ box, open, tab }: ServerListProps): VNode {
  const servers = useStore(box.servers);
  const [filter, setFilter] = useState<Filter>('all');
  const [search, setSearch] = useState('');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const field = useSearchKey();
  const shown = useMemo(() => arranged(servers ?? [], filter, search), [servers, filter, search]);
  const choose = useCallback((serverId: string): void => setChosen((before) => {
    const next = new Set(before);
    if (!next.delete(serverId)) next.add(serverId);
    return next;
  }), []);
  return html`
    <nav class="rail" aria-label="Servers">
      <div class="row">
        <input ref=${field} type="search" placeholder="Search ( / )" aria-label="Search servers" value=${search}
          onInput=${(event: Event) => setSearch(valueOf(event))} />
        ${box.client.may('define') && html`<a class="button primary" href="#/new">New</a>`}
      </div>
      <div class="filters" role="group" aria-label="Filter by state">
        ${filters.map((each) => html`
          <button type="button" aria-pressed=${each === filter} onClick=${() => setFilter(each)}>
            ${each} <span class="quiet">${countOf(servers ?? [], each)}</span>
          </button>`)}
      </div>
      ${chosen.size > 0 && html`<${BulkActions} box=${box} chosen=${chosen} onDone=${() => setChosen(new Set())} />`}
      ${servers?.length === 0 && html`<p class="empty">No server yet. <a href="#/new">Choose a game</a> to begin.</p>`}
      ${servers && servers.length > 0 && shown.length === 0 && html`<p class="empty">No server is like that.</p>`}
      <ul>
        ${shown.map((server) => html`
          <${ServerRow} key=${server.serverId} server=${server} isOpen=${server.serverId === open} tab=${tab}
            isChosen=${chosen.has(server.serverId)} choose=${choose} />`)}
      </ul>
      <${ThemeChoice} />
    </nav>`;
}

/** The key `/` goes to the search, as long as nobody types elsewhere. */
function useSearchKey() {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      const isTyping = event.target instanceof HTMLElement && event.target.matches('input, textarea, select');
      if (event.key !== '/' || isTyping) return;
      event.preventDefault();
      field.current?.focus();
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, []);
  return field;
}
