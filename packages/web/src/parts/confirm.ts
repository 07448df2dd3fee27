import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { html } from './html.js';

interface ConfirmProps {
  readonly title: string;
  readonly children?: ComponentChildren;
  /** The word on the button. */
  readonly yes: string;
  /** To be typed first, for what cannot be undone. */
  readonly typed?: string;
  readonly onYes: () => void;
  readonly onNo: () => void;
}

/** Asks before something is done. Escape is no. */
export function Confirm({ title, children, yes, typed, onYes, onNo }: ConfirmProps): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState('');
  useEffect(() => dialog.current?.showModal(), []);
  const isReady = typed === undefined || text === typed;
  const submit = (event: Event): void => {
    event.preventDefault();
    if (isReady) onYes();
  };
  return html`
    <dialog ref=${dialog} onCancel=${onNo} aria-label=${title}>
      <form onSubmit=${submit}>
        <h2>${title}</h2>
        ${children}
        ${typed !== undefined && html`
          <label>Type <code>${typed}</code> to go on
            <input value=${text} autocomplete="off" onInput=${(event: Event) => setText(valueOf(event))} />
          </label>`}
        <div class="row end">
          <button type="button" class="plain" onClick=${onNo}>No</button>
          <button class=${typed === undefined ? 'primary' : 'danger'} aria-disabled=${isReady ? undefined : 'true'}>
            ${yes}
          </button>
        </div>
      </form>
    </dialog>`;
}

/** The text in a field that has just changed. */
export const valueOf = ({ target }: Event): string =>
  (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement
    ? target.value
    : '');
