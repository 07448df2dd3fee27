import type { VNode } from 'preact';
import { AskText } from '../parts/ask-text.js';
import { Confirm } from '../parts/confirm.js';
import { html } from '../parts/html.js';

/** The step about which somebody is asked. */
export type FileAsked =
  | { readonly what: 'file' | 'folder' }
  | { readonly what: 'move' | 'copy' | 'archive' | 'unpack'; readonly name: string }
  | { readonly what: 'delete'; readonly name: string; readonly isFolder: boolean }
  | { readonly what: 'replace'; readonly files: readonly File[]; readonly known: readonly string[] };

/** The endings of archives that the box unpacks. */
export const archiveEnding = /\.(tar(\.(gz|lzo|zst|bz2))?|tgz|zip)$/;

interface FileQuestionProps {
  readonly asked: FileAsked;
  readonly serverId: string;
  readonly path: readonly string[];
  readonly onYes: (text: string) => void;
  readonly onNo: () => void;
}

/** Asks for a name, or before something is lost. */
export function FileQuestion({ asked, serverId, path, onYes, onNo }: FileQuestionProps): VNode {
  switch (asked.what) {
    case 'file':
      return html`<${AskText} title="New file" label="Its name" yes="Make it" onYes=${onYes} onNo=${onNo} />`;
    case 'folder':
      return html`<${AskText} title="New folder" label="Its name" yes="Make it" onYes=${onYes} onNo=${onNo} />`;
    case 'move': case 'copy': case 'archive': case 'unpack': {
      const { verb, label, offer } = places[asked.what];
      return html`<${AskText} title=${`${verb} ${asked.name}`} label=${label} yes=${verb}
        value=${[...path, offer(asked.name)].join('/')} onYes=${onYes} onNo=${onNo} />`;
    }
    case 'delete': return html`
      <${Confirm} title=${`Delete ${asked.name}?`} yes="Delete" typed=${serverId} onYes=${() => onYes('')}
        onNo=${onNo}>
        <p>${asked.isFolder ? 'Everything in it goes too. ' : ''}Only a backup brings it back.</p>
      </${Confirm}>`;
    case 'replace': return html`
      <${Confirm} title=${`Replace ${asked.known.length === 1 ? asked.known[0] : `${asked.known.length} files`}?`}
        yes="Replace" onYes=${() => onYes('')} onNo=${onNo}>
        <p>There already: ${asked.known.join(', ')}. Only a backup brings back what is in there now.</p>
      </${Confirm}>`;
  }
}

/** Words for what needs a place, and the name that is offered. */
const places = {
  move: { verb: 'Move', label: 'Its new name, with the folders above it', offer: (name: string) => name },
  copy: { verb: 'Copy', label: 'Name of the copy, with the folders above it', offer: (name: string) => `${name}-copy` },
  archive: { verb: 'Pack', label: 'Name of the archive, as .tar.gz', offer: (name: string) => `${name}.tar.gz` },
  unpack: { verb: 'Unpack', label: 'Name of the new folder', offer: (name: string) => name.replace(archiveEnding, '') },
} as const;
