import type { VNode } from 'preact';
import { valueOf } from '../parts/confirm.js';
import { html } from '../parts/html.js';
import { kindOf, stepKinds, stepTexts, type StepDraft } from './step-draft.js';

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
            ${Object.entries(stepKinds).map(([each, words]) => html`
              <option value=${each} selected=${each === kind}>${words}</option>`)}
          </select></label>
          ${kind in stepTexts && html`
            <input class="grow" aria-label=${stepTexts[kind]} placeholder=${stepTexts[kind]} value=${text}
              onInput=${(event: Event) => change(at, { text: valueOf(event) })} />`}
          ${steps.length > 1 && html`
            <button type="button" aria-label=${`Leave out step ${at + 1}`}
              onClick=${() => set(steps.filter((_step, i) => i !== at))}>✕</button>`}
          ${at === steps.length - 1 && html`
            <button type="button" onClick=${() => set([...steps, { kind: 'backup', text: '' }])}>and then</button>`}
        </li>`)}
    </ol>`;
}
