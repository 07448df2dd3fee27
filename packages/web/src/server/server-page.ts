import type { VNode } from 'preact';
import type { Box } from '../api/box.js';
import type { Server } from '../api/types.js';
import { ConsoleTab } from '../console/console-tab.js';
import { useLoaded } from '../parts/loaded.js';
import { html } from '../parts/html.js';
import { ProblemNote } from '../parts/problem-note.js';
import { hrefOf, tabs, type Tab } from '../route.js';
import { BackupsTab } from './backups-tab.js';
import { HistoryTab } from './history-tab.js';
import { PlayersTab } from './players-tab.js';
import { ServerHead } from './server-head.js';
import type { ServerTabProps } from './server-tab-props.js';
import { SettingsTab } from './settings-tab.js';

const contents: Readonly<Record<Tab, (props: ServerTabProps) => VNode>> = {
  console: ConsoleTab,
  players: PlayersTab,
  backups: BackupsTab,
  settings: SettingsTab,
  history: HistoryTab,
};

/** How often the explanation is asked for, milliseconds. */
const explainMs = 3_000;

interface ServerPageProps {
  readonly box: Box;
  readonly serverId: string;
  readonly tab: Tab;
}

/** One server: its head, which is always there, and a tab. */
export function ServerPage({ box, serverId, tab }: ServerPageProps): VNode {
  const path = `/v1/servers/${encodeURIComponent(serverId)}`;
  const { value: server, problem } = useLoaded(() => box.client.get<Server>(path), [serverId], explainMs);
  if (!server || server.serverId !== serverId) {
    const note = problem ? html`<${ProblemNote} problem=${problem} />` : html`<p class="quiet">${serverId}</p>`;
    return html`<main>${note}</main>`;
  }
  const Content = contents[tab];
  return html`
    <main>
      <${ServerHead} box=${box} server=${server} />
      <div class="tabs" role="tablist">
        ${tabs.map((each) => html`
          <a role="tab" aria-selected=${each === tab} href=${hrefOf(serverId, each)}>${each}</a>`)}
      </div>
      <section class="tab" role="tabpanel" aria-label=${tab}>
        <${Content} key=${serverId} box=${box} server=${server} />
      </section>
    </main>`;
}
