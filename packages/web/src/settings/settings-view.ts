import type { Client } from '../api/client.js';
import { textOf } from '../words/values.js';
import type { SettingRule } from './setting-rule.js';

export type Values = Readonly<Record<string, unknown>>;

/** The settings of a server in one state of its definition, which `etag` names. */
export interface SettingsView {
  /** Absent while the funpack is not on the box. */
  readonly schema?: Readonly<Record<string, SettingRule>>;
  readonly settings: Values;
  readonly etag: string;
}

/** Stands in the place of a value that is not shown. */
export const hidden = '••••••';

export async function loadSettings(client: Client, path: string): Promise<SettingsView> {
  const { value, etag } = await client.getTagged<Omit<SettingsView, 'etag'>>(path);
  return { ...value, etag };
}

/** The names of the settings that have another value by now. */
export const otherNames = (before: Values, now: Values): readonly string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(now)])]
    .filter((name) => textOf(before[name]) !== textOf(now[name])).toSorted();

/**
 * Whether a change that was begun on `before` overwrites nothing in `now`: the definition has another revision, but
 * not other settings. A value that is not shown may be another one by now.
 */
export const isUntouched = (before: Values, now: Values, changed: Values): boolean =>
  otherNames(before, now).length === 0 && Object.keys(changed).every((name) => now[name] !== hidden);

/** The change that brings back what was there before. Undefined where that is not known. */
export function backTo(before: Values, changed: Values): Values | undefined {
  const names = Object.keys(changed);
  if (names.some((name) => before[name] === hidden)) return undefined;
  return Object.fromEntries(names.map((name) => [name, before[name] ?? null]));
}
