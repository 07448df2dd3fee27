import type { VNode } from 'preact';
import type { Backup } from '../api/types.js';
import { Confirm } from '../parts/confirm.js';
import { html } from '../parts/html.js';
import { useLoaded } from '../parts/loaded.js';
import { Moment } from '../parts/moment.js';
import type { ServerTabProps } from '../server/server-tab-props.js';
import { loadVisits } from '../server/visit-list.js';
import { bytesText, playersCount } from '../words/format.js';

export interface AskedBackup {
  readonly what: 'restore' | 'delete';
  readonly backup: Backup;
}

interface BackupQuestionProps extends ServerTabProps {
  readonly asked: AskedBackup;
  readonly onYes: () => void;
  readonly onNo: () => void;
}

/** Says what would be lost. */
export function BackupQuestion({ asked: { what, backup }, box, server, onYes, onNo }: BackupQuestionProps): VNode {
  const { serverId, state } = server;
  const { madeAt, size } = backup;
  const joined = useLoaded(() => joinedSince({ box, serverId, madeAt }), [madeAt]).value;
  if (what === 'delete') {
    return html`
      <${Confirm} title="Remove this backup?" yes="Remove" typed=${serverId} onYes=${onYes} onNo=${onNo}>
        <p>The world of <${Moment} at=${madeAt} /> (${bytesText(size)}) cannot be brought back afterwards.</p>
      </${Confirm}>`;
  }
  return html`
    <${Confirm} title=${`Restore ${serverId}?`} yes="Restore" onYes=${onYes} onNo=${onNo}>
      <p>It goes back to the world of <${Moment} at=${madeAt} />.</p>
      ${joined !== undefined && html`<p>Players who came since then: ${joined}.</p>`}
      <p>The present world becomes a backup first, which is kept for 30 days.</p>
      ${state === 'up' && html`
        <p>The server is stopped and started again. Players who are here: ${playersCount(server)}.</p>`}
    </${Confirm}>`;
}

/** How many players came after a backup was made, as far as the log of events goes. */
async function joinedSince(
  { box, serverId, madeAt }: Pick<ServerTabProps, 'box'> & { readonly serverId: string; readonly madeAt: string },
): Promise<number> {
  const visits = await loadVisits(box, serverId, madeAt); // also of those who were here already
  return new Set(visits.filter(({ cameAt }) => cameAt !== undefined && Date.parse(cameAt) > Date.parse(madeAt))
    .map(({ user }) => user)).size;
}
