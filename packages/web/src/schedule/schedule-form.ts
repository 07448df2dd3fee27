import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { ActionButton } from '../parts/action-button.js';
import { valueOf } from '../parts/confirm.js';
import { html } from '../parts/html.js';
import { cronOf, cronWords } from './plain-times.js';
import { canWarn, playersRules, termsOf, type PlayersRule, type ScheduleDraft } from './schedule-draft.js';
import type { StepDraft } from './step-draft.js';
import { StepFields } from './step-fields.js';
import { TimeFields } from './time-fields.js';

interface ScheduleFormProps {
  readonly title: string;
  /** The word on the button. */
  readonly yes: string;
  readonly first: ScheduleDraft;
  readonly why: string | undefined;
  /** Answers whether it was taken; the form then begins anew. */
  readonly save: (terms: Readonly<Record<string, unknown>>) => Promise<boolean>;
  readonly onNo?: () => void;
}

/** A form for a schedule, which says in words what it would do. */
export function ScheduleForm({ title, yes, first, why, save, onNo }: ScheduleFormProps): VNode {
  const [draft, setDraft] = useState(first);
  const change = (more: Partial<ScheduleDraft>): void => setDraft({ ...draft, ...more });
  const { time, steps, tz } = draft;
  const missing = time.kind === 'weekly' && time.days.length === 0 ? 'Choose a day' : undefined;
  const send = async (): Promise<void> => {
    if (await save(termsOf(draft))) setDraft(first);
  };
  return html`
    <form class="new-schedule" aria-label=${title} onSubmit=${(event: Event) => event.preventDefault()}>
      <h2>${title}</h2>
      <${TimeFields} time=${time} set=${(next: ScheduleDraft['time']) => change({ time: next })} />
      <${StepFields} steps=${steps} set=${(next: readonly StepDraft[]) => change({ steps: next })} />
      <${Terms} draft=${draft} change=${change} />
      <div class="row">
        <${ActionButton} kind="primary" why=${why ?? missing} act=${send}>${yes}</${ActionButton}>
        ${onNo && html`<button type="button" onClick=${onNo}>Leave it as it was</button>`}
        <span class="quiet">${missing ?? `${cronWords(cronOf(time))}, ${tz}`}</span>
      </div>
    </form>`;
}

interface TermsProps {
  readonly draft: ScheduleDraft;
  readonly change: (more: Partial<ScheduleDraft>) => void;
}

const Terms = ({ draft, change }: TermsProps): VNode => html`
  <div class="row">
    <label>Begin <select onChange=${(event: Event) => change({ players: ruleOf(valueOf(event)) })}>
      ${Object.entries(playersRules).map(([rule, words]) => html`
        <option value=${rule} selected=${rule === draft.players}>${words}</option>`)}
    </select></label>
    <label>Time zone <input value=${draft.tz} onInput=${(event: Event) => change({ tz: valueOf(event) })} /></label>
    ${canWarn(draft) && html`<label>Warn players before <input value=${draft.warn} placeholder="never"
      onInput=${(event: Event) => change({ warn: valueOf(event) })} /></label>`}
  </div>`;

const ruleOf = (text: string): PlayersRule => (text === 'wait' || text === 'skip' ? text : 'any');
