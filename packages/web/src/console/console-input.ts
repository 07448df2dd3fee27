import type { VNode } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { valueOf } from '../parts/confirm.js';
import { html } from '../parts/html.js';
import { completed, Recall } from './recall.js';

interface ConsoleInputProps {
  readonly players: readonly string[];
  /** Why nothing can be written now. */
  readonly why: string | undefined;
  readonly send: (line: string) => void;
}

/** One line to the game: ↑ and ↓ recall, Tab completes a player's name. */
export function ConsoleInput({ players, why, send }: ConsoleInputProps): VNode {
  const [line, setLine] = useState('');
  const recall = useRef(new Recall());
  const submit = (event: Event): void => {
    event.preventDefault();
    if (line === '' || why !== undefined) return;
    send(line);
    recall.current.add(line);
    setLine('');
  };
  const meantBy = (key: string): string | undefined => {
    switch (key) {
      case 'ArrowUp': return recall.current.older(line);
      case 'ArrowDown': return recall.current.newer();
      case 'Tab': return completed(line, players);
      default: return undefined;
    }
  };
  const press = (event: KeyboardEvent): void => {
    const next = meantBy(event.key);
    if (next === undefined) return;
    event.preventDefault();
    setLine(next);
  };
  return html`
    <form class="row input" onSubmit=${submit}>
      <span aria-hidden="true">›</span>
      <input class="grow mono" value=${line} aria-label="Line to the game" autocomplete="off" spellcheck=${false}
        placeholder=${why ?? 'A line to the game'} disabled=${why !== undefined}
        onInput=${(event: Event) => setLine(valueOf(event))} onKeyDown=${press} />
      <button class="primary" aria-disabled=${why === undefined ? undefined : 'true'} title=${why}>Send</button>
    </form>`;
}
