import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { Backup } from '../api/types.js';
import { problemOf, type Problem } from '../api/problem.js';
import { ActionButton } from '../parts/action-button.js';
import { Confirm } from '../parts/confirm.js';
import { html } from '../parts/html.js';
import { useLoaded } from '../parts/loaded.js';
import { Moment } from '../parts/moment.js';
import { ProblemNote } from '../parts/problem-note.js';
import { bytesText } from '../words/format.js';
import type { ServerTabProps } from './server-tab-props.js';

type Asked = { readonly what: 'restore' | 'delete'; readonly backup: Backup };

/** The backups of a server: make, restore, pin, verify, remove. */
export function BackupsTab({ box, server }: ServerTabProps): VNode {
  const { serverId, state } = server;
  const path = `/v1/servers/${encodeURIComponent(serverId)}/backups`;
  const loaded = useLoaded(() => box.client.get<{ backups: readonly Backup[] }>(path), [serverId, server.isBackingUp]);
  const [asked, setAsked] = useState<Asked>();
  const [problem, setProblem] = useState<Problem>();
  const why = box.client.may('backups') ? undefined : 'Your token does not allow it';
  const act = (words: string, method: 'POST' | 'DELETE', end = '') =>
    box.act(`${words} of ${serverId}`, method, path + end, method === 'POST' ? {} : undefined).then(
      () => setProblem(undefined),
      (failure: unknown) => setProblem(problemOf(failure)),
    ).then(loaded.again);
  const yes = ({ what, backup: { seconds } }: Asked): void => {
    setAsked(undefined);
    void (what === 'restore'
      ? act(`Restore ${seconds}`, 'POST', `/${seconds}/restore`)
      : act(`Remove ${seconds}`, 'DELETE', `/${seconds}`));
  };
  const backups = loaded.value?.backups ?? [];
  const failure = problem ?? loaded.problem;
  return html`<div>
    <div class="row">
      <${ActionButton} kind="primary" why=${why} act=${() => act('Backup', 'POST')}>Back up now</${ActionButton}>
      <span class="quiet">${server.isBackingUp ? 'A backup is being made.' : ''}</span>
    </div>
    ${failure && html`<${ProblemNote} problem=${failure} />`}
    ${loaded.value && backups.length === 0 && html`<p class="empty">
      No backup yet. ${state === 'up' ? 'The first one comes by itself, or now by the button.' : ''}</p>`}
    <ul class="backups">
      ${backups.map((backup) => html`
        <${Row} key=${backup.seconds} backup=${backup} why=${why} act=${act} ask=${setAsked} />`)}
    </ul>
    ${asked && html`<${Question} asked=${asked} server=${server} onYes=${() => yes(asked)}
      onNo=${() => setAsked(undefined)} />`}
  </div>`;
}

interface RowProps {
  readonly backup: Backup;
  readonly why: string | undefined;
  readonly act: (words: string, method: 'POST' | 'DELETE', end?: string) => Promise<unknown>;
  readonly ask: (asked: Asked) => void;
}

function Row({ backup, why, act, ask }: RowProps): VNode {
  const { seconds, madeAt, unchangedAt, size, pinnedUntil, problem } = backup;
  const isPinned = pinnedUntil !== undefined;
  const pin = isPinned ? 'Unpin' : 'Pin';
  return html`
    <li class=${problem === undefined ? '' : 'attention'}>
      <span><${Moment} at=${madeAt} /></span>
      <span class="figures">${bytesText(size)}</span>
      <span class="quiet grow">${marksOf(backup).join(' · ')}
        ${unchangedAt && html` · unchanged <${Moment} at=${unchangedAt} />`}
        ${problem && html`<span class="bad"> · damaged: ${problem}</span>`}</span>
      <${ActionButton} why=${why} act=${() => ask({ what: 'restore', backup })}>Restore</${ActionButton}>
      <${ActionButton} why=${why}
        act=${() => act(pin, 'POST', `/${seconds}/${pin.toLowerCase()}`)}>${pin}</${ActionButton}>
      <${ActionButton} why=${why} act=${() => act('Verify', 'POST', `/${seconds}/verify`)}>Verify</${ActionButton}>
      <${ActionButton} kind="danger" why=${why} act=${() => ask({ what: 'delete', backup })}
        label=${`Remove the backup ${seconds}`}>✕</${ActionButton}>
    </li>`;
}

const marksOf = ({ kind, isClean, pinnedUntil, because, verifiedAt, copies }: Backup): readonly string[] => [
  kind,
  ...(isClean ? [] : ['not clean']),
  ...(pinnedUntil === undefined ? [] : [`pinned${because === undefined ? '' : `: ${because}`}`]),
  ...(verifiedAt === undefined ? [] : ['verified']),
  ...(copies === 0 ? [] : [`${copies} ${copies === 1 ? 'copy' : 'copies'}`]),
];

interface QuestionProps extends Pick<ServerTabProps, 'server'> {
  readonly asked: Asked;
  readonly onYes: () => void;
  readonly onNo: () => void;
}

/** Says what would be lost. */
function Question({ asked: { what, backup }, server, onYes, onNo }: QuestionProps): VNode {
  const { serverId, players, state } = server;
  if (what === 'delete') {
    return html`
      <${Confirm} title="Remove this backup?" yes="Remove" typed=${serverId} onYes=${onYes} onNo=${onNo}>
        <p>The world of <${Moment} at=${backup.madeAt} /> cannot be brought back afterwards.</p>
      </${Confirm}>`;
  }
  return html`
    <${Confirm} title=${`Restore ${serverId}?`} yes="Restore" onYes=${onYes} onNo=${onNo}>
      <p>It goes back to the world of <${Moment} at=${backup.madeAt} />.</p>
      <p>The present world becomes a backup first, which is kept for 30 days.</p>
      ${state === 'up' && html`
        <p>The server is stopped and started again. Players who are here: ${players.length}.</p>`}
    </${Confirm}>`;
}
