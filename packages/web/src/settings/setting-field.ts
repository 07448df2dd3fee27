import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { ActionButton } from '../parts/action-button.js';
import { valueOf } from '../parts/confirm.js';
import { html } from '../parts/html.js';
import { textOf } from '../words/values.js';
import type { SettingRule } from './setting-rule.js';
import { hidden } from './settings-view.js';

interface SettingFieldProps {
  readonly name: string;
  readonly rule: SettingRule;
  readonly value: unknown;
  readonly isChanged: boolean;
  readonly isWrong: boolean;
  /** Whether the game runs, so that some settings have to wait. */
  readonly isUp?: boolean;
  readonly set: (value: unknown) => void;
  /** Asks for a value that is not shown. Absent where nobody here may see it. */
  readonly reveal?: (() => Promise<unknown>) | undefined;
}

/** A labelled field for one setting, of the kind that its rule asks for. */
export function SettingField({ name, rule, value, isChanged, isWrong, isUp, set, reveal }: SettingFieldProps): VNode {
  const { label, description, live } = rule;
  const applies = live === undefined ? 'Applies at the next start.' : 'Applies at once.';
  const field = html`
    <label class=${`field ${isChanged ? 'changed' : ''} ${isWrong ? 'wrong' : ''}`}>
      <span>${label ?? name} ${isChanged && html`<em class="quiet">changed</em>`}</span>
      <${Field} name=${name} rule=${rule} value=${value} isWrong=${isWrong} set=${set} />
      <small class="quiet">${description} ${isUp && applies}</small>
    </label>`;
  if (value !== hidden || !reveal) return field;
  return html`<div>${field}<${Secret} label=${label ?? name} reveal=${reveal} /></div>`;
}

/** A value that is not shown, until somebody asks for it. */
function Secret({ label, reveal }: { readonly label: string; readonly reveal: () => Promise<unknown> }): VNode {
  const [shown, setShown] = useState<string>();
  const press = async (): Promise<void> => {
    const found = shown === undefined ? await reveal() : undefined;
    setShown(found === undefined ? undefined : textOf(found));
  };
  return html`
    <div class="row secret">
      <${ActionButton} act=${press} label=${`${shown === undefined ? 'Show' : 'Hide'} the value of ${label}`}>
        ${shown === undefined ? 'Show' : 'Hide'}</${ActionButton}>
      <code role="status">${shown}</code>
      ${shown === undefined && html`<small class="quiet">The audit log notes that you looked.</small>`}
    </div>`;
}

function Field({ name, rule, value, isWrong, set }: Omit<SettingFieldProps, 'isChanged' | 'isUp' | 'reveal'>): VNode {
  const { type, default: usual, values, secret, min, max } = rule;
  const shared = { name, disabled: rule.readonly === true, 'aria-invalid': isWrong ? 'true' : undefined };
  if (values !== undefined) return choice({ rule, value, set }, shared);
  if (type === 'boolean') {
    const isOn = (value ?? usual) === true;
    return html`<input ...${shared} type="checkbox" checked=${isOn} onChange=${() => set(!isOn)} />`;
  }
  if (type === 'list') return list({ rule, value, set }, shared);
  const isNumber = type === 'integer' || type === 'number';
  const change = (event: Event): void => {
    const text = valueOf(event);
    set(isNumber && text !== '' && !Number.isNaN(Number(text)) ? Number(text) : text);
  };
  const kind = secret ? 'password' : isNumber ? 'number' : 'text';
  const placeholder = textOf(usual);
  return html`<input ...${shared} type=${kind} min=${min} max=${max} autocomplete="off" value=${value ?? ''}
    placeholder=${placeholder} onInput=${change} />`;
}

/** One entry a line. */
function list({ rule, value, set }: Pick<SettingFieldProps, 'rule' | 'value' | 'set'>, shared: object): VNode {
  const entries: readonly unknown[] = [value ?? rule.default].flat();
  const text = entries.filter((each) => each !== undefined).map(textOf).join('\n');
  const change = (event: Event): void => set(valueOf(event).split('\n').filter(Boolean));
  return html`<textarea ...${shared} rows="3" placeholder="One a line" onChange=${change}>${text}</textarea>`;
}

function choice({ rule, value, set }: Pick<SettingFieldProps, 'rule' | 'value' | 'set'>, shared: object): VNode {
  const { values = [], default: usual } = rule;
  const entries: readonly (readonly [unknown, string])[] = Array.isArray(values)
    ? values.map((each: unknown) => [each, textOf(each)] as const)
    : Object.entries(values as Readonly<Record<string, string>>);
  const pick = (event: Event): void => set(entries.find(([each]) => textOf(each) === valueOf(event))?.[0]);
  return html`
    <select ...${shared} onChange=${pick}>
      ${entries.map(([each, label]) => html`
        <option value=${textOf(each)} selected=${textOf(value ?? usual) === textOf(each)}>${label}</option>`)}
    </select>`;
}
