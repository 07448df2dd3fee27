import type { VNode } from 'preact';
import { html } from '../parts/html.js';
import { hrefOf } from '../route.js';
import type { ServerTabProps } from '../server/server-tab-props.js';
import { FileEditor } from './file-editor.js';
import { FolderView } from './folder-view.js';

/** The files of a server: a folder, or a file as a text to change. A folder's address ends with a slash. */
export function FilesTab({ box, server, rest }: ServerTabProps): VNode {
  const { serverId, state } = server;
  if (!box.client.may('files')) {
    return html`<p class="empty">Your token does not allow files. One with the verb <code>files</code> does.</p>`;
  }
  const path = rest.filter((part) => part !== '');
  const isFolder = path.length === 0 || rest.at(-1) === '';
  const key = path.join('/');
  return html`
    <div class="files">
      <${Crumbs} serverId=${serverId} path=${path} isFolder=${isFolder} />
      ${isFolder
        ? html`<${FolderView} key=${key} box=${box} serverId=${serverId} path=${path} />`
        : html`<${FileEditor} key=${key} box=${box} serverId=${serverId} path=${path} />`}
      <p class="quiet">${state === 'up'
        ? 'The game runs: it may read a file only when it starts, and may write over it.'
        : 'The next start goes on with these files.'}</p>
    </div>`;
}

interface CrumbsProps {
  readonly serverId: string;
  readonly path: readonly string[];
  readonly isFolder: boolean;
}

function Crumbs({ serverId, path, isFolder }: CrumbsProps): VNode {
  const isLast = (at: number): boolean => at === path.length - 1;
  return html`
    <nav class="crumbs mono" aria-label="Folder">
      <a href=${hrefOf(serverId, 'files')} aria-current=${path.length === 0 ? 'page' : undefined}>${serverId}</a>
      ${path.map((name, at) => html`
        <span>/${' '}${isLast(at) && !isFolder
          ? html`<span aria-current="page">${name}</span>`
          : html`<a href=${hrefOf(serverId, 'files', [...path.slice(0, at + 1), ''])}
              aria-current=${isLast(at) ? 'page' : undefined}>${name}</a>`}</span>`)}
    </nav>`;
}
