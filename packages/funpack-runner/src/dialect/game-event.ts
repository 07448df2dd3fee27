import { isOwnWarningKind, type GameEvent, type GameEventType } from '@pinky/protocol';
import { isRecord } from '../funpack/checks.js';
import type { EventFault } from './event-faults.js';
import { eventTypeOf, fieldAliases, reservedFields, settingsChanges } from './event-names.js';
import { playerEntries } from './players.js';

type ValueTest = (value: unknown) => boolean;
const isText: ValueTest = (value) => typeof value === 'string';
const isName: ValueTest = (value) => typeof value === 'string' && value !== '';
const isPlayers: ValueTest = (value) => playerEntries(value) !== undefined;

/** The fields that an event must have. docs/funpacks.md has the same table. */
const required: Readonly<Record<GameEventType, readonly (readonly [string, ValueTest])[]>> = {
  started: [],
  stopping: [],
  player_connected: [['user', isName]],
  player_disconnected: [['user', isName]],
  player_renamed: [
    ['user', isName],
    ['old_user', isName],
  ],
  players_list: [['players', isPlayers]],
  chat: [
    ['user', isName],
    ['message', isText],
  ],
  settings_changed: [],
  info: [],
  warning: [],
  critical: [],
  fatal_error: [],
};

/** Fields that must have this form wherever they are. */
const typed: readonly (readonly [string, ValueTest])[] = [['user', isName], ['message', isText]];

/** The same of one event. A warning of a kind of Pinky's own would be read as Pinky's. */
const typedIn: Readonly<Partial<Record<GameEventType, readonly [string, ValueTest]>>> = {
  settings_changed: ['setting', isName],
  warning: ['kind', (kind) => !isOwnWarningKind(kind)],
};

/** A line that names an event which lacks a field. */
export interface Faulty {
  readonly fault: EventFault;
}

/** The content of a line: an event, one that cannot be used, or nothing: then it is plain text. */
export type Said = GameEvent | Faulty | undefined;

export const isFaulty = (said: GameEvent | Faulty): said is Faulty => 'fault' in said && !('type' in said);

/**
 * The event that a game means by `name` and the fields that came with it, in Pinky's spelling. Undefined where the name
 * is unknown, and a fault where a field is missing or has the wrong type: then the line is plain text. Called for every
 * event of a busy game.
 */
export function gameEvent(name: unknown, given: Readonly<Record<string, unknown>>): Said {
  const type = typeof name === 'string' ? eventTypeOf(name) : undefined;
  if (!type) return undefined;
  const fields: Record<string, unknown> = { type };
  for (const spelling of Object.keys(given)) {
    const field = fieldAliases.get(spelling) ?? spelling;
    const value = field === 'ts' ? isoTime(given[spelling]) : given[spelling];
    // The canonical spelling wins over an alias, wherever it stands.
    const isWanted =
      value !== undefined && !reservedFields.has(field) && (field === spelling || given[field] === undefined);
    if (isWanted) fields[field] = value;
  }
  if (settingsChanges.has(String(name))) fields['kind'] ??= name;
  const { [type]: own } = typedIn;
  const wrong =
    required[type].find(([field, check]) => !check(fields[field])) ??
    (own ? [...typed, own] : typed).find(([field, check]) => fields[field] !== undefined && !check(fields[field]));
  if (wrong) return { fault: { event: type, field: wrong[0], isMissing: fields[wrong[0]] === undefined } };
  // `type` is set above and no field of the game's can take its place: its own `type` became `kind`.
  return fields as GameEvent;
}

const isIso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z$/;

/** A game's time as ISO 8601, from a date as text or from seconds or milliseconds since 1970. Else undefined. */
function isoTime(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const number = typeof value === 'number' || /^\d+(\.\d+)?$/.test(value) ? Number(value) : NaN;
  const ms = Number.isNaN(number)
    ? Date.parse(String(value))
    : number > 1e11
      ? number
      : number > 1e8
        ? number * 1000
        : NaN;
  if (!(Math.abs(ms) <= 8.64e15)) return undefined;
  return typeof value === 'string' && isIso.test(value) ? value : new Date(ms).toISOString();
}

/** A text or a number in a line of JSON. */
const jsonPart = /"(?:[^"\\]|\\.)*"|(?<![\w.+-])-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])/g;

/** Whether a line may have a number that JSON.parse changes. Nearly none has, and this test is cheap. */
const hasOddNumber = /[\d.]{16}|\d[eE][+-]?\d\d/;

/** A number becomes a text where JSON.parse would change it: the line has it exactly, and JSON no word for infinity. */
function exactNumbers(line: string): string {
  if (!hasOddNumber.test(line)) return line;
  let field = '';
  return line.replace(jsonPart, (part) => {
    if (!part.startsWith('"')) return isChanged(part, /^"(?:user_)?id"$/.test(field)) ? `"${part}"` : part;
    field = part;
    return part;
  });
}

/**
 * A player's number has one type however large it is: a double keeps 15 digits for sure, and the numbers of Steam have
 * 17. Elsewhere a fraction may lose its last digits, as it would in any program; a whole number may not.
 */
function isChanged(text: string, isPlayers: boolean): boolean {
  const value = Number(text);
  const digits = text.replace(/[eE].*/, '').replace(/\D/g, '').replace(/^0+/, '');
  if (!Number.isFinite(value) || (value === 0 && digits !== '')) return true;
  return isPlayers ? digits.length > 15 : /^-?\d+$/.test(text) && !Number.isSafeInteger(value);
}

/** A line of JSON as an event. Undefined for anything else. */
export function fromJson(line: string): Said {
  if (!line.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(exactNumbers(line));
    return isRecord(value) ? gameEvent(value['event'], value) : undefined;
  } catch {
    return undefined; // not JSON: plain text
  }
}

const pair = /\s*([A-Za-z_][\w.-]*)=("(?:[^"\\]|\\.)*"|[^\s"]*)(?=\s|$)/y;

/**
 * A line of only `key=value` pairs, one of them `event=…`, as an event. Values may be in double quotes.
 */
export function fromPairs(line: string): Said {
  if (!line.includes('event=')) return undefined;
  const fields: [string, string][] = [];
  pair.lastIndex = 0;
  while (pair.lastIndex < line.trimEnd().length) {
    const match = pair.exec(line);
    if (!match?.[1]) return undefined; // words between the pairs make a sentence, not an event
    const value = match[2] ?? '';
    fields.push([match[1], value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value]);
  }
  const record: Record<string, unknown> = Object.fromEntries(fields);
  if (typeof record['players'] === 'string') record['players'] = splitNames(record['players']);
  return gameEvent(record['event'], record);
}

/** The names in one text, split at the pattern. Without one they are split at commas, or else at white space. */
export function splitNames(text: string, separator?: RegExp): string[] {
  return text
    .split(separator ?? (text.includes(',') ? /\s*,\s*/ : /\s+/))
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
