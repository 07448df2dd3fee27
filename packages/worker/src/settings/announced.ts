import { readSetting } from '@pinky/funpack-runner/light';
import type { GameEvent, SettingSchema } from '@pinky/protocol';

type Schema = Readonly<Record<string, SettingSchema>>;

/** The setting that a game has changed by itself, or why that cannot be one. */
export type Announced =
  | { readonly setting: string; readonly value: unknown }
  | { readonly setting: string; readonly fault: string };

/**
 * Reads what an event `settings_changed` says of a setting of the schema: its `value`, or, for a list, an item to `add`
 * or to `remove`. Undefined where it says nothing of the kind, or nothing new.
 */
export function announcedBy(
  event: GameEvent,
  settings: Readonly<Record<string, unknown>>,
  schema: Schema = {},
): Announced | undefined {
  const { setting: name } = event;
  if (event.type !== 'settings_changed' || typeof name !== 'string' || !Object.hasOwn(schema, name)) return undefined;
  const rule = schema[name];
  if (!rule) return undefined;
  const now = settings[name] ?? rule.default;
  const given = givenBy(event, rule, now);
  if (given === undefined) return undefined;
  const said = `the game says that ${name} has changed`;
  if (rule.readonly === true) return { setting: name, fault: `${said}, and it is read-only` };
  const reading = readSetting(given, rule);
  if ('fault' in reading) return { setting: name, fault: `${said}, but it ${reading.fault}` };
  return JSON.stringify(reading.value) === JSON.stringify(now) ? undefined : { setting: name, value: reading.value };
}

/** The whole new value. */
function givenBy({ value, add, remove }: GameEvent, { type }: SettingSchema, now: unknown): unknown {
  if (value !== undefined) return value;
  if (type !== 'list') return undefined;
  const items = Array.isArray(now) ? now.map(String) : [];
  if (typeof add === 'string' && add !== '') return items.includes(add) ? items : [...items, add];
  return typeof remove === 'string' ? items.filter((item) => item !== remove) : undefined;
}
