import type { VNode } from 'preact';
import { valueOf } from '../parts/confirm.js';
import { html } from '../parts/html.js';

const kinds = {
  restart: 'restart it',
  stop: 'stop it',
  start: 'start it',
  backup: 'back it up',
  broadcast: 'tell all players',
  console: 'write a line to the game',
  wait: 'wait',
} as const;
export type StepKind = keyof typeof kinds;

/** Words for the fields of the steps that have one. */
const texts: Readonly<Partial<Record<StepKind, string>>> = {
  broadcast: 'Message to all players',
  console: 'Line to the game',
  wait: 'How long, such as 30s or 5m',
};

/** A step as it is being written. */
export interface StepDraft {
  readonly kind: StepKind;
  readonly text: string;
}

/** The steps as the API takes them. */
export const stepsOf = (steps: readonly StepDraft[]): readonly unknown[] =>
  steps.map(({ kind, text }) => (kind in texts ? { [kind]: text } : kind));

interface StepFieldsProps {
  readonly steps: readonly StepDraft[];
  readonly set: (steps: readonly StepDraft[]) => void;
}

/** The steps of a schedule, one after another. */
export function StepFields({ steps, set }: StepFieldsProps): VNode {
  const change = (at: number, more: Partial<StepDraft>): void =>
    set(steps.map((step, i) => (i === at ? { ...step, ...more } : step)));
  return html`
    <ol class="steps" aria-label="What is done">
      ${steps.map(({ kind, text }, at) => html`
        <li class="row" key=${at}>
          <label>${at === 0 ? 'Do' : 'then'} <select
            onChange=${(event: Event) => change(at, { kind: kindOf(valueOf(event)) })}>
            ${Object.entries(kinds).map(([each, words]) => html`
              <option value=${each} selected=${each === kind}>${words}</option>`)}
          </select></label>
          ${kind in texts && html`
            <input class="grow" aria-label=${texts[kind]} placeholder=${texts[kind]} value=${text}
              onInput=${(event: Event) => change(at, { text: valueOf(event) })} />`}
          ${steps.length > 1 && html`
            <button type="button" aria-label=${`Leave out step ${at + 1}`}
              onClick=${() => set(steps.filter((_step, i) => i !== at))}>✕</button>`}
          ${at === steps.length - 1 && html`
            <button type="button" onClick=${() => set([...steps, { kind: 'backup', text: '' }])}>and then</button>`}
        </li>`)}
    </ol>`;
}

const kindOf = (text: string): StepKind =>
  (Object.keys(kinds) as StepKind[]).find((each) => each === text) ?? 'restart'; // the keys of our own table
