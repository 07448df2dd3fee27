import type { VNode } from 'preact';
import type { Box } from '../api/box.js';
import type { Crash } from '../api/types.js';
import { html } from '../parts/html.js';
import { useLoaded } from '../parts/loaded.js';
import { Moment } from '../parts/moment.js';
import { hrefOf } from '../route.js';
import { CrashReportView } from './crash-report.js';

interface CrashListProps {
  readonly box: Box;
  readonly serverId: string;
  /** The crash whose report is open. */
  readonly open: string | undefined;
}

const lookMs = 10_000;
const shown = 20;

/** The newest crashes. Nothing where there was none. */
export function CrashList({ box, serverId, open }: CrashListProps): VNode | null {
  const path = `/v1/servers/${encodeURIComponent(serverId)}/crashes?limit=${shown}`;
  const { value } = useLoaded(() => box.client.get<{ crashes: readonly Crash[] }>(path), [serverId], lookMs);
  const crashes = value?.crashes ?? [];
  if (crashes.length === 0) return null;
  return html`
    <section class="crashes" aria-label="Crashes">
      <h2>Crashes</h2>
      <ul>
        ${crashes.map((crash) => html`
          <${CrashRow} key=${crash.id} box=${box} serverId=${serverId} crash=${crash} isOpen=${crash.id === open} />`)}
      </ul>
    </section>`;
}

interface CrashRowProps extends Omit<CrashListProps, 'open'> {
  readonly crash: Crash;
  readonly isOpen: boolean;
}

function CrashRow({ box, serverId, crash: { id, at, words }, isOpen }: CrashRowProps): VNode {
  const href = hrefOf(serverId, 'history', isOpen ? [] : [id]);
  return html`
    <li>
      <a href=${href} aria-expanded=${isOpen ? 'true' : 'false'}>
        <span class="bad" aria-hidden="true">▲</span> <${Moment} at=${at} /> <span class="words">${words}</span>
      </a>
      ${isOpen && html`<${CrashReportView} box=${box} serverId=${serverId} id=${id} />`}
    </li>`;
}
