import type { SettingSchema } from '@pinky/protocol';
import { settingRegExp } from '../funpack/checks.js';
import { caseless } from './texts.js';

/** The schema that rules of Laravel come to, without a default. */
export interface RuledSetting {
  readonly schema: SettingSchema;
  /** Rules that no schema can say. */
  readonly unknown: readonly string[];
  /** No value has white space or anything else that a shell reads as more than one word. */
  readonly isOneWord: boolean;
}

const patterns: Readonly<Record<string, string>> = {
  alpha: '^[\\p{L}\\p{M}]*$',
  alpha_num: '^[\\p{L}\\p{M}\\p{N}]*$',
  alpha_dash: '^[\\p{L}\\p{M}\\p{N}_-]*$',
  ascii: '^[\\x00-\\x7f]*$',
  lowercase: '^[^\\p{Lu}]*$',
  uppercase: '^[^\\p{Ll}]*$',
  url: '^[a-z][a-z0-9+.-]*://\\S+$',
  active_url: '^https?://\\S+$',
  email: '^\\S+@\\S+$',
  ip: '^[0-9a-fA-F.:]+$',
  ipv4: '^\\d{1,3}(\\.\\d{1,3}){3}$',
  ipv6: '^[0-9a-fA-F:.]+$',
  uuid: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$',
};
const oneWord = ['alpha', 'alpha_num', 'alpha_dash', 'url', 'ip', 'ipv4', 'ipv6', 'uuid', 'digits', 'digits_between'];
/** Rules that say nothing of a text, or that are read elsewhere. */
const silent = ['required', 'nullable', 'string', 'sometimes', 'bail', 'present', 'filled', 'integer', 'int', 'numeric',
  'boolean', 'bool', 'in', 'timezone'];
const sizes = ['min', 'max', 'between', 'size', 'gt', 'gte', 'lt', 'lte'];

interface Rule {
  readonly name: string;
  readonly value: string;
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
const listed = (value: string): string => value.split(',').map(escaped).join('|');

/** Reads the rules of one variable. */
export function ruledSetting(texts: readonly string[], value: string): RuledSetting {
  const rules = texts.map((text): Rule => {
    const at = text.indexOf(':');
    return at < 0 ? { name: text, value: '' } : { name: text.slice(0, at), value: text.slice(at + 1) };
  });
  const has = (...names: string[]): boolean => rules.some(({ name }) => names.includes(name));
  const choices = rules
    .find(({ name }) => name === 'in')
    ?.value.split(',')
    .map((one) => one.trim().replace(/^"(.*)"$/, '$1'));
  const required = has('required') ? { required: true } : {};
  if (choices) return whole({ type: 'enum', values: choices, ...required }, choices.every(isWord));
  if (has('boolean', 'bool')) return whole({ type: 'enum', values: switchOf(value), ...required }, true);
  const read = rules.map((rule) => ({ rule, pattern: patternOf(rule) }));
  const unknown = read.filter(({ pattern }) => pattern === undefined).map(({ rule }) => nameOf(rule));
  const isCounted = has('numeric') && has('digits', 'digits_between');
  const type = has('integer', 'int') || isCounted ? 'integer' : has('numeric') ? 'number' : 'string';
  const found = read.flatMap(({ rule: { name }, pattern }) =>
    (pattern === undefined || pattern === '' || (isCounted && name.startsWith('digits')) ? [] : [pattern]));
  const isNumber = type !== 'string' && found.length === 0 && (value === '' || String(Number(value)) === value);
  const limits = rules
    .filter(({ name }) => sizes.includes(name) || (isCounted && name.startsWith('digits')))
    .map((rule) => limitsOf(rule, type))
    .reduce((all, one) => ({ ...all, ...one }), {});
  if (isNumber) return { ...whole({ type, ...limits, ...required }, true), unknown };
  if (type !== 'string') found.push(type === 'integer' ? '^-?\\d+$' : '^-?\\d+(\\.\\d+)?$');
  return { ...textSetting(found, type === 'string' ? limits : {}, has('required')), unknown,
    isOneWord: type !== 'string' || has(...oneWord) || isNarrow(rules) };
}

const whole = (schema: SettingSchema, isOneWord: boolean): RuledSetting => ({ schema, unknown: [], isOneWord });

/** A text may be empty unless it is required, whatever its other rules are. */
function textSetting(
  found: readonly string[],
  { min, max }: Pick<SettingSchema, 'min' | 'max'>,
  isRequired: boolean,
): { schema: SettingSchema } {
  const all = !isRequired && min !== undefined && min > 0 ? [...found, `^.{${min},}$`] : found;
  const joined = all.length < 2
    ? all[0]
    : `^${all.map((one) => `(?=${one.startsWith('^') ? one : `.*?(?:${one})`})`).join('')}`;
  const pattern = joined === undefined || isRequired ? joined : `^$|${joined}`;
  return {
    schema: {
      type: 'string',
      ...(isRequired && min !== undefined && { min }),
      ...(max !== undefined && { max }),
      ...(pattern !== undefined && { pattern }),
      ...(isRequired && { required: true }),
    },
  };
}

/** The expression for a rule: empty if it needs none, undefined if no expression says it. */
function patternOf(rule: Rule): string | undefined {
  const { name, value } = rule;
  if (silent.includes(name) || sizes.includes(name)) return '';
  switch (name) {
    case 'regex': return expressionOf(value);
    case 'not_regex': {
      const source = expressionOf(value);
      return source === undefined ? undefined : `^(?!.*(?:${source.replace(/^\^/, '')}))`;
    }
    case 'digits': return `^\\d{${value}}$`;
    case 'digits_between': return `^\\d{${value.replace(/\s/g, '')}}$`;
    case 'starts_with': return `^(?:${listed(value)})`;
    case 'ends_with': return `(?:${listed(value)})$`;
    case 'not_in': return `^(?!(?:${listed(value)})$)`;
    default: return patterns[name];
  }
}

/** An expression of PHP: between two marks, with letters behind the second. */
function expressionOf(text: string): string | undefined {
  const [, , source = '', flags = ''] = /^([^\w\s\\])(.*)\1([a-zA-Z]*)$/s.exec(text) ?? [];
  const plain = source.replaceAll('\\/', '/').replace(/\[:alnum:\]/g, 'A-Za-z0-9');
  try {
    settingRegExp(plain);
  } catch {
    return undefined;
  }
  if (source === '' || /[^iuD]/.test(flags)) return undefined;
  return flags.includes('i') ? caseless(plain) : plain;
}

function limitsOf({ name, value }: Rule, type: SettingSchema['type']): Pick<SettingSchema, 'min' | 'max'> {
  const [first = NaN, second = NaN] = value.split(',').map(Number);
  const step = type === 'number' ? 0 : 1;
  if (Number.isNaN(first)) return {};
  switch (name) {
    case 'min': case 'gte': return { min: first };
    case 'max': case 'lte': return { max: first };
    case 'gt': return { min: first + step };
    case 'lt': return { max: first - step };
    case 'digits': return { min: leastOf(first), max: leastOf(first + 1) - 1 };
    case 'digits_between': return { min: leastOf(first), max: leastOf(second + 1) - 1 };
    case 'size': return { min: first, max: first };
    default: return Number.isNaN(second) ? { min: first } : { min: first, max: second };
  }
}

/** The least number with so many digits. */
const leastOf = (digits: number): number => (digits < 2 ? 0 : 10 ** (digits - 1));

/** A panel keeps a switch as the text `1` or `0`, unless its default says `true` or `false`. */
const switchOf = (value: string): NonNullable<SettingSchema['values']> => {
  const [on, off] = /^(true|false)$/.test(value) ? ['true', 'false'] : ['1', '0'];
  return [{ value: on ?? '1', label: 'yes' }, { value: off ?? '0', label: 'no' }];
};

const isWord = (text: string): boolean => /^[\w.,:@%+=/-]*$/.test(text);

/** An expression whose every part is a class or sign without white space. */
const isNarrow = (rules: readonly Rule[]): boolean => rules.some(({ name, value }) =>
  name === 'regex' && /^\/\^.*\$\/$/.test(value) && !/\\s|\\S|\\D|\\W|(?<!\\)\.(?![^[]*\])|\[\^| /.test(value));

const nameOf = ({ name, value }: Rule): string => (value === '' ? name : `${name}:${value}`);
