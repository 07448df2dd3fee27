import type { VNode } from 'preact';
import type { Backup } from '../api/types.js';
import { ActionButton } from '../parts/action-button.js';
import { html } from '../parts/html.js';
import { Moment } from '../parts/moment.js';
import { bytesText } from '../words/format.js';
import { signOf } from './days.js';

export type BackupAction = 'restore' | 'pin' | 'unpin' | 'verify' | 'delete';

interface BackupRowProps {
  readonly backup: Backup;
  /** Its length in the time line, percent. */
  readonly share: number;
  readonly why: string | undefined;
  readonly act: (action: BackupAction) => Promise<unknown> | void;
}

/** One backup: when, how large, of which kind, and what can be done with it. */
export function BackupRow({ backup, share, why, act }: BackupRowProps): VNode {
  const { seconds, madeAt, unchangedAt, size, pinnedUntil, problem } = backup;
  const pin = pinnedUntil === undefined ? 'pin' : 'unpin';
  return html`
    <li class=${`backup ${signOf(backup)}`}>
      <span class="when"><${Moment} at=${madeAt} /></span>
      <span class="size" aria-hidden="true"><i style=${`width: ${share}%`}></i></span>
      <span class="figures" title=${`${size} bytes`}>${bytesText(size)}</span>
      <span class="quiet grow">${marksOf(backup).join(' · ')}
        ${unchangedAt && html` · unchanged <${Moment} at=${unchangedAt} />`}
        ${problem && html`<span class="bad"> · damaged: ${problem}</span>`}</span>
      <${ActionButton} why=${why} act=${() => act('restore')}>Restore</${ActionButton}>
      <${ActionButton} why=${why} act=${() => act(pin)}>${pin === 'pin' ? 'Pin' : 'Unpin'}</${ActionButton}>
      <${ActionButton} why=${why} act=${() => act('verify')}>Verify</${ActionButton}>
      <${ActionButton} kind="danger" why=${why} act=${() => act('delete')}
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
