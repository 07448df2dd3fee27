import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Box } from '../api/box.js';
import type { Server } from '../api/types.js';
import { BackupsTab } from '../backups/backups-tab.js';
import { ConsoleTab } from '../console/console-tab.js';
import { FilesTab } from '../files/files-tab.js';
import { GraphsTab } from '../graphs/graphs-tab.js';
import { useLoaded } from '../parts/loaded.js';
import { html } from '../parts/html.js';
import { ProblemNote } from '../parts/problem-note.js';
import { hrefOf, tabs, type Tab } from '../route.js';
import { ScheduleTab } from '../schedule/schedule-tab.js';
import { SettingsTab } from '../settings/settings-tab.js';
import { HistoryTab } from './history-tab.js';
import { PlayersTab } from './players-tab.js';
import { ServerHead } from './server-head.js';
import type { ServerTabProps } from './server-tab-props.js';

const contents: Readonly<Record<Tab, (props: ServerTabProps) => VNode>> = {
  console: ConsoleTab,
  players: PlayersTab,
  graphs: GraphsTab,
  backups: BackupsTab,
  files: FilesTab,
  settings: SettingsTab,
  schedule: ScheduleTab,
  history: HistoryTab,
};

/** How often the explanation is asked for, milliseconds. */
const explainMs = 3_000;

interface ServerPageProps {
  readonly box: Box;
  readonly serverId: string;
  readonly tab: Tab;
  readonly rest: readonly string[];
}

/** One server: its head, which is always there, and a tab. */
export function ServerPage({ box, serverId, tab, rest }: ServerPageProps): VNode {
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
      <${Tabs} serverId=${serverId} tab=${tab} />
      <section class="tab" role="tabpanel" aria-label=${tab}>
        <${Content} key=${serverId} box=${box} server=${server} rest=${rest} />
      </section>
    </main>`;
}

/** The tabs. On a narrow screen the open one is brought into view. */
function Tabs({ serverId, tab }: Pick<ServerPageProps, 'serverId' | 'tab'>): VNode {
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    bar.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ inline: 'center', block: 'nearest' });
  }, [tab]);
  return html`
    <div class="tabs" role="tablist" ref=${bar}>
      ${tabs.map((each) => html`
        <a role="tab" aria-selected=${each === tab} href=${hrefOf(serverId, each)}>${each}</a>`)}
    </div>`;
}
