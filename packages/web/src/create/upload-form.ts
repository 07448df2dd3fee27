import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { Box } from '../api/box.js';
import { problemOf, type Problem } from '../api/problem.js';
import { ActionButton } from '../parts/action-button.js';
import { valueOf } from '../parts/confirm.js';
import { html } from '../parts/html.js';
import { ProblemNote } from '../parts/problem-note.js';
import { bytesText } from '../words/format.js';
import { archiveName, endingsInWords } from './archive-name.js';
import { mayChange } from './pack-list.js';
import { uploadPack } from './upload-pack.js';

interface UploadFormProps {
  readonly box: Box;
  /** The names that are taken. */
  readonly taken: readonly string[];
  /** The box has it now. */
  readonly onDone: (funpack: string) => Promise<unknown>;
}

/** Brings another game to the box: an archive from this computer, with its checksum. */
export function UploadForm({ box, taken, onDone }: UploadFormProps): VNode {
  const [file, setFile] = useState<File>();
  const [promised, setPromised] = useState('');
  const [digest, setDigest] = useState('');
  const [problem, setProblem] = useState<Problem>();
  const named = file && archiveName(file.name);
  const choose = ({ target }: Event): void => {
    setFile(target instanceof HTMLInputElement ? target.files?.[0] : undefined);
    setDigest('');
    setProblem(undefined);
  };
  const send = (): Promise<unknown> | undefined => {
    if (!file || !named) return undefined;
    setProblem(undefined);
    return uploadPack(box, { ...named, file, promised: promised.trim(), onDigest: setDigest }).then(
      () => onDone(named.funpack),
      (failure: unknown) => setProblem(problemOf(failure)),
    );
  };
  return html`
    <form class="settings upload" aria-label="Upload a game" onSubmit=${(event: Event) => event.preventDefault()}>
      <h2>Upload a game</h2>
      <label class="field"><span>Archive of a funpack</span>
        <input type="file" onChange=${choose} />
        <small class="quiet">${file && named ? `${bytesText(file.size)}, as ${named.funpack}` : endingsInWords}</small>
      </label>
      <label class=${`field ${problem?.field === 'sha256' ? 'wrong' : ''}`}>
        <span>SHA-256 that its publisher names</span>
        <input class="mono" value=${promised} autocomplete="off" spellcheck=${false} placeholder="not known"
          onInput=${(event: Event) => setPromised(valueOf(event))} />
        <small class="quiet figures" role="status">${digest === '' ? '' : `The file has ${digest}`}</small>
      </label>
      ${problem && html`<${ProblemNote} problem=${problem} />`}
      <div class="row">
        <${ActionButton} kind="primary" act=${send} why=${whyNot({ box, file, promised, taken })}>
          Upload</${ActionButton}>
      </div>
    </form>`;
}

interface Offer extends Pick<UploadFormProps, 'box' | 'taken'> {
  readonly file: File | undefined;
  readonly promised: string;
}

function whyNot({ box, file, promised, taken }: Offer): string | undefined {
  if (!mayChange(box)) return 'Your token does not allow it';
  if (!file) return 'Choose an archive';
  const named = archiveName(file.name);
  if (!named) return `The name must end in one of ${endingsInWords}`;
  if (taken.includes(named.funpack)) return `A game ${named.funpack} is there already: rename the file`;
  const isSum = promised.trim() === '' || /^[0-9a-f]{64}$/i.test(promised.trim());
  return isSum ? undefined : 'A SHA-256 has 64 digits of 0-9 a-f';
}
