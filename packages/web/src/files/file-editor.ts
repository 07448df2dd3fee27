import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Box, Draft } from '../api/box.js';
import { problemOf, type Problem } from '../api/problem.js';
import { ActionButton } from '../parts/action-button.js';
import { valueOf } from '../parts/confirm.js';
import { html } from '../parts/html.js';
import { useLoaded } from '../parts/loaded.js';
import { ProblemNote } from '../parts/problem-note.js';
import { bytesText } from '../words/format.js';
import { fileUrl, longestText, openText, saveText, type OpenedFile } from './file-requests.js';
import type { FolderViewProps } from './folder-view.js';

type OpenedText = Extract<OpenedFile, { kind: 'text' }>;

/** A file, to be changed if it is a text. */
export function FileEditor({ box, serverId, path }: FolderViewProps): VNode {
  const url = fileUrl(serverId, path);
  const { value, problem } = useLoaded(() => openText(box.client, url), [url]);
  if (problem) return html`<${ProblemNote} problem=${problem} />`;
  if (!value) return html`<p class="quiet">Reading it</p>`;
  if (value.kind === 'text') return html`<${TextEditor} box=${box} url=${url} path=${path} opened=${value} />`;
  const because = value.kind === 'long' ? `It is longer than ${bytesText(longestText)}` : 'It is no text';
  return html`
    <div>
      <p class="empty">${because}, so it is not changed here.</p>
      <a class="button primary" href=${url} download=${path.at(-1)}>Download</a>
    </div>`;
}

interface TextEditorProps extends Pick<FolderViewProps, 'box' | 'path'> {
  readonly url: string;
  readonly opened: OpenedText;
}

function TextEditor({ box, url, path, opened }: TextEditorProps): VNode {
  const { draft, isChanged, hasSaved, theirs, problem, write, settle, save, undo } = useEditing(box, url, opened);
  useKeys(isChanged, save);
  return html`
    <div class="editor">
      <textarea class="mono" aria-label=${`Text of ${path.join('/')}`} spellcheck=${false} wrap="off"
        value=${draft.text} onInput=${(event: Event) => write(valueOf(event))}></textarea>
      ${problem && html`<${ProblemNote} problem=${problem} />`}
      ${theirs && html`<${Conflict} theirs=${theirs} onTheirs=${() => settle(theirs)}
        onMine=${() => save(theirs.etag)} />`}
      <div class="row">
        <${ActionButton} kind="primary" why=${isChanged ? undefined : 'Nothing is changed'} act=${() => save()}>
          Save</${ActionButton}>
        ${isChanged && html`<button type="button" onClick=${undo}>Undo all</button>`}
        <a class="button" href=${url} download=${path.at(-1)}>Download</a>
        <span class="quiet" role="status">${isChanged ? 'Not saved yet' : hasSaved ? 'Saved' : ''}</span>
      </div>
    </div>`;
}

interface ConflictProps {
  readonly theirs: OpenedText;
  readonly onTheirs: () => void;
  readonly onMine: () => Promise<void>;
}

/** The file as it is by now, beside what was written here. */
function Conflict({ theirs, onTheirs, onMine }: ConflictProps): VNode {
  return html`
    <section class="conflict" aria-label="The file as it is now">
      <p>Somebody, or the game, has changed the file since you opened it. It is now:</p>
      <pre tabindex="0">${theirs.text}</pre>
      <div class="row">
        <${ActionButton} act=${onMine}>Save mine over it</${ActionButton}>
        <button type="button" onClick=${onTheirs}>Take this one</button>
      </div>
    </section>`;
}

/** The usual key saves, and a browser asks before it leaves what is not saved. */
function useKeys(isChanged: boolean, save: () => Promise<void>): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.key !== 's' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      if (isChanged) void save();
    };
    const leave = (event: BeforeUnloadEvent): void => {
      if (isChanged) event.preventDefault();
    };
    addEventListener('keydown', press);
    addEventListener('beforeunload', leave);
    return () => {
      removeEventListener('keydown', press);
      removeEventListener('beforeunload', leave);
    };
  });
}

/** Saves only over what its reader has seen. A change that was not saved is there again after a look elsewhere. */
function useEditing(box: Box, url: string, opened: OpenedText) {
  const [saved, setSaved] = useState(opened);
  const [draft, setDraft] = useState<Draft>(box.drafts.get(url) ?? opened);
  const [theirs, setTheirs] = useState<OpenedText>();
  const [problem, setProblem] = useState<Problem>();
  const [hasSaved, setHasSaved] = useState(false);
  const write = (text: string): void => {
    const next = { text, etag: draft.etag };
    setDraft(next);
    setHasSaved(false);
    if (text === saved.text) box.drafts.delete(url);
    else box.drafts.set(url, next);
  };
  const settle = (now: OpenedText): void => {
    box.drafts.delete(url);
    setSaved(now);
    setDraft(now);
    setTheirs(undefined);
    setProblem(undefined);
  };
  const refused = async (said: Problem): Promise<void> => {
    setProblem(said);
    if (said.status !== 412) return;
    const now = await openText(box.client, url).catch(() => undefined); // it may be gone
    setTheirs(now?.kind === 'text' ? now : undefined);
  };
  const save = async (over = draft.etag): Promise<void> => {
    try {
      const etag = await saveText(box.client, url, { text: draft.text, etag: over, hasCrlf: saved.hasCrlf });
      settle({ ...saved, text: draft.text, etag });
      setHasSaved(true);
    } catch (failure) {
      await refused(problemOf(failure));
    }
  };
  const isChanged = draft.text !== saved.text;
  return { draft, isChanged, hasSaved, theirs, problem, write, settle, save, undo: () => settle(saved) };
}
