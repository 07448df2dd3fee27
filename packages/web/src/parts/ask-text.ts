import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { valueOf } from './confirm.js';
import { html } from './html.js';

interface AskTextProps {
  readonly title: string;
  readonly label: string;
  readonly children?: ComponentChildren;
  readonly value?: string;
  /** The word on the button. */
  readonly yes: string;
  readonly onYes: (text: string) => void;
  readonly onNo: () => void;
}

/** Asks for one line. Escape is no. */
export function AskText({ title, label, children, value = '', yes, onYes, onNo }: AskTextProps): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState(value);
  useEffect(() => dialog.current?.showModal(), []);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (text.trim() !== '') onYes(text.trim());
  };
  return html`
    <dialog ref=${dialog} onCancel=${onNo} aria-label=${title}>
      <form onSubmit=${submit}>
        <h2>${title}</h2>
        ${children}
        <label>${label}
          <input value=${text} autocomplete="off" spellcheck=${false}
            onInput=${(event: Event) => setText(valueOf(event))} />
        </label>
        <div class="row end">
          <button type="button" class="plain" onClick=${onNo}>No</button>
          <button class="primary" aria-disabled=${text.trim() === '' ? 'true' : undefined}>${yes}</button>
        </div>
      </form>
    </dialog>`;
}
