import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import type { FolderEntry } from '../api/types.js';
import { html } from '../parts/html.js';
import { Moment } from '../parts/moment.js';
import { hrefOf } from '../route.js';
import { bytesText } from '../words/format.js';
import { archiveEnding, type FileAsked } from './file-question.js';
import { fileUrl } from './file-requests.js';

interface EntryRowProps {
  readonly entry: FolderEntry;
  readonly serverId: string;
  readonly path: readonly string[];
  readonly ask: (asked: FileAsked) => void;
}

/** One file or folder. A link is shown, and leads nowhere: nothing of a server is reached through one. */
export function EntryRow({ entry, serverId, path, ask }: EntryRowProps): VNode {
  const { name, type, size, changedAt } = entry;
  const inner = [...path, name];
  const isFile = type === 'file';
  return html`
    <li>
      <span class="grow name">${isFile || type === 'folder'
        ? html`<a href=${hrefOf(serverId, 'files', type === 'folder' ? [...inner, ''] : inner)}>
            ${name}${type === 'folder' ? '/' : ''}</a>`
        : html`${name} <span class="quiet">${type === 'link' ? 'a link' : 'no file'}</span>`}</span>
      <span class="figures" title=${isFile ? `${size} bytes` : undefined}>${isFile ? bytesText(size) : ''}</span>
      <span class="quiet"><${Moment} at=${changedAt} /></span>
      ${isFile && html`
        <a class="button" href=${fileUrl(serverId, inner)} download=${name} aria-label=${`Download ${name}`}>↓</a>`}
      <${EntryMenu} entry=${entry} ask=${ask} />
    </li>`;
}

const words = { move: 'Move', copy: 'Copy', archive: 'Pack', unpack: 'Unpack' } as const;

/** Everything else that can be done with it. */
function EntryMenu({ entry: { name, type }, ask }: Pick<EntryRowProps, 'entry' | 'ask'>): VNode {
  const menu = useRef<HTMLDetailsElement>(null);
  const choose = (asked: FileAsked): void => {
    if (menu.current) menu.current.open = false;
    ask(asked);
  };
  const isFile = type === 'file';
  const steps = [
    'move' as const,
    ...(isFile || type === 'folder' ? ['copy' as const, 'archive' as const] : []),
    ...(isFile && archiveEnding.test(name) ? ['unpack' as const] : []),
  ];
  return html`
    <details class="menu" ref=${menu}>
      <summary class="button" aria-label=${`More for ${name}`}>⋯</summary>
      <div class="row">
        ${steps.map((what) => html`
          <button type="button" onClick=${() => choose({ what, name })}>${words[what]}</button>`)}
        <button type="button" class="danger" aria-label=${`Delete ${name}`}
          onClick=${() => choose({ what: 'delete', name, isFolder: type === 'folder' })}>Delete</button>
      </div>
    </details>`;
}
