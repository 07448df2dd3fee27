import type { VNode } from 'preact';
import { valueOf } from '../parts/confirm.js';
import { html } from '../parts/html.js';
import { textOf } from '../words/values.js';

/** One setting as a funpack's schema has it. */
export interface SettingRule {
  readonly type?: string;
  readonly label?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly values?: readonly unknown[] | Readonly<Record<string, string>>;
  readonly secret?: boolean;
  readonly readonly?: boolean;
  readonly min?: number;
  readonly max?: number;
  /** There where the game can take the setting while it runs. */
  readonly live?: unknown;
}

interface SettingFieldProps {
  readonly name: string;
  readonly rule: SettingRule;
  readonly value: unknown;
  readonly isChanged: boolean;
  readonly isWrong: boolean;
  /** Whether the game runs, so that some settings have to wait. */
  readonly isUp?: boolean;
  readonly set: (value: unknown) => void;
}

/** A labelled field for one setting, of the kind that its rule asks for. */
export function SettingField({ name, rule, value, isChanged, isWrong, isUp, set }: SettingFieldProps): VNode {
  const { label, description, live } = rule;
  const applies = live === undefined ? 'Applies at the next start.' : 'Applies at once.';
  return html`
    <label class=${`field ${isChanged ? 'changed' : ''} ${isWrong ? 'wrong' : ''}`}>
      <span>${label ?? name} ${isChanged && html`<em class="quiet">changed</em>`}</span>
      <${Field} name=${name} rule=${rule} value=${value} isWrong=${isWrong} set=${set} />
      <small class="quiet">${description} ${isUp && applies}</small>
    </label>`;
}

function Field({ name, rule, value, isWrong, set }: Omit<SettingFieldProps, 'isChanged' | 'isUp'>): VNode {
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
