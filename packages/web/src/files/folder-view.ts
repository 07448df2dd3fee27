import type { VNode } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { Box } from '../api/box.js';
import { problemOf, type Problem } from '../api/problem.js';
import type { FolderEntry } from '../api/types.js';
import { html } from '../parts/html.js';
import { useLoaded } from '../parts/loaded.js';
import { ProblemNote } from '../parts/problem-note.js';
import { hrefOf } from '../route.js';
import { EntryRow } from './entry-row.js';
import { FileQuestion, type FileAsked } from './file-question.js';
import { bytesText } from '../words/format.js';
import { fileUrl, listFolder, makeFile, uploadFile, type Listing } from './file-requests.js';

export interface FolderViewProps {
  readonly box: Box;
  readonly serverId: string;
  readonly path: readonly string[];
}

/** How often a folder is looked at again, milliseconds: a game makes files too. */
const lookMs = 10_000;

/** A folder as a list, with what can be done in it. Files may be dropped on it. */
export function FolderView({ box, serverId, path }: FolderViewProps): VNode {
  const loaded = useLoaded(() => listFolder(box.client, fileUrl(serverId, path)), [serverId, path.join('/')], lookMs);
  const [asked, setAsked] = useState<FileAsked>();
  const [problem, setProblem] = useState<Problem>();
  const { entries = [], space } = loaded.value ?? {};
  const done = (work: Promise<unknown>): void => {
    setAsked(undefined);
    void work.then(() => setProblem(undefined), (failure: unknown) => setProblem(problemOf(failure)))
      .then(loaded.again);
  };
  const offer = (files: readonly File[]): void => {
    const known = files.filter(({ name }) => entries.some((entry) => entry.name === name));
    if (known.length > 0) setAsked({ what: 'replace', files, known: known.map(({ name }) => name) });
    else done(uploadAll({ box, serverId, path }, files, entries));
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    offer([...(event.dataTransfer?.files ?? [])]);
  };
  const answer = (text: string): void => {
    const { again } = loaded;
    if (asked) done(carryOut({ box, serverId, path }, asked, { text, entries, again }));
  };
  const failure = problem ?? (loaded.value ? undefined : loaded.problem);
  return html`
    <div onDrop=${drop} onDragOver=${(event: Event) => event.preventDefault()}>
      <${FolderActions} onFiles=${offer} ask=${setAsked} space=${space} />
      ${failure && html`<${ProblemNote} problem=${failure} />`}
      ${loaded.value?.entries.length === 0 && html`
        <p class="empty">Nothing is in here yet. Drop files, or upload some.</p>`}
      <ul class="entries" aria-label="Files">
        ${entries.map((entry) => html`
          <${EntryRow} key=${entry.name} entry=${entry} serverId=${serverId} path=${path} ask=${setAsked} />`)}
      </ul>
      ${asked && html`<${FileQuestion} asked=${asked} serverId=${serverId} path=${path} onYes=${answer}
        onNo=${() => setAsked(undefined)} />`}
    </div>`;
}

interface FolderActionsProps {
  readonly onFiles: (files: readonly File[]) => void;
  readonly ask: (asked: FileAsked) => void;
  readonly space: Listing['space'];
}

function FolderActions({ onFiles, ask, space }: FolderActionsProps): VNode {
  const field = useRef<HTMLInputElement>(null);
  const choose = (): void => {
    const { current } = field;
    if (!current?.files) return;
    onFiles([...current.files]);
    current.value = ''; // the same file can be chosen again
  };
  return html`
    <div class="row">
      <button type="button" class="primary" onClick=${() => field.current?.click()}>Upload</button>
      <input ref=${field} type="file" multiple hidden aria-label="Files to upload" onChange=${choose} />
      <button type="button" onClick=${() => ask({ what: 'file' })}>New file</button>
      <button type="button" onClick=${() => ask({ what: 'folder' })}>New folder</button>
      ${space && html`<span class="quiet figures">${usedOf(space)}</span>`}
    </div>`;
}

const usedOf = ({ usedBytes, limitBytes }: NonNullable<Listing['space']>): string =>
  (usedBytes === undefined
    ? `up to ${bytesText(limitBytes)}`
    : `${bytesText(usedBytes)} of ${bytesText(limitBytes)} used`);

const moveUrl = (serverId: string, from: readonly string[], to: readonly string[]): string =>
  `${fileUrl(serverId, from)}?${new URLSearchParams({ op: 'move', to: to.join('/') }).toString()}`;

const verbs = { copy: 'Copy', archive: 'Pack', unpack: 'Unpack' } as const;

interface Answered {
  /** The text that was typed. */
  readonly text: string;
  readonly entries: readonly FolderEntry[];
  /** Looks at the folder again. */
  readonly again: () => void;
}

/** Does what somebody was asked about. */
async function carryOut(
  where: FolderViewProps,
  asked: FileAsked,
  { text, entries, again }: Answered,
): Promise<unknown> {
  const { box, serverId, path } = where;
  const inPath = text.split('/').filter((part) => part !== '');
  const url = (name: string): string => fileUrl(serverId, [...path, name]);
  switch (asked.what) {
    case 'replace': return uploadAll(where, asked.files, entries);
    case 'folder':
      return box.act(`New folder ${text}`, 'POST', `${fileUrl(serverId, [...path, ...inPath])}?op=mkdir`);
    case 'file':
      await makeFile(box.client, fileUrl(serverId, [...path, ...inPath]));
      location.hash = hrefOf(serverId, 'files', [...path, ...inPath]);
      return undefined;
    case 'move': {
      const back = { method: 'POST', path: moveUrl(serverId, inPath, [...path, asked.name]), onDone: again } as const;
      const change = { method: 'POST', path: moveUrl(serverId, [...path, asked.name], inPath) } as const;
      return box.send(`Move ${asked.name}`, change, () => back);
    }
    case 'copy': case 'archive': case 'unpack': {
      const query = new URLSearchParams({ op: asked.what, to: inPath.join('/') });
      return box.act(`${verbs[asked.what]} ${asked.name}`, 'POST', `${url(asked.name)}?${query.toString()}`);
    }
    case 'delete': return box.act(`Delete ${asked.name}`, 'DELETE', url(asked.name));
  }
}

/** One after the other, so that a slow line is shared by nobody. */
async function uploadAll(
  { box, serverId, path }: FolderViewProps,
  files: readonly File[],
  entries: readonly FolderEntry[],
): Promise<void> {
  for (const file of files) {
    const isThere = entries.some(({ name }) => name === file.name);
    await uploadFile(box, fileUrl(serverId, [...path, file.name]), file, isThere);
  }
}
