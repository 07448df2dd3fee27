import { PinkyError } from '@pinky/protocol';

/** The value of a placeholder: a setting as its schema has it, or a text or number of Pinky's own. */
export type PlaceholderValue = unknown;

/** How a place in a text is quoted: by this character, or not at all. */
export type Quote = '' | '"' | "'";

/** Writes a value as one format has it. In quotes it writes only what belongs between them. */
type Filter = (value: PlaceholderValue, quote: Quote) => string;

/** A value as plain text: a list is joined with commas, and nothing is empty. */
export function asText(value: PlaceholderValue): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map(asText).join(',');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const plain = (value: PlaceholderValue): value is number | boolean =>
  typeof value === 'number' || typeof value === 'boolean';

/** JSON as it is, with nothing in it that ends a script or a line where JSON is part of another language. */
const jsonText = (value: PlaceholderValue): string =>
  JSON.stringify(value ?? '').replace(/[\u007f-\u009f\u2028\u2029]/g, (found) => escapeUnit(found));

const escapeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

const json: Filter = (value, quote) => (quote === '' ? jsonText(value) : jsonText(asText(value)).slice(1, -1));

const xmlEntities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};
const xml: Filter = (value) => asText(value).replace(/[&<>"']/g, (found) => xmlEntities[found] ?? found);

/**
 * As Java reads a value: a backslash escapes, white space at the beginning is lost, and what is not ASCII is safe only
 * as an escape, because older Java reads Latin-1.
 */
const properties: Filter = (value) =>
  asText(value)
    .replaceAll('\\', '\\\\')
    .replace(/^[ \t\f]/, '\\$&')
    .replace(/[^\x20-\x7e]/g, escapeUnit);

/** INI has no rule for escapes. A value that would be read as a comment, or lose its ends, stands in quotes. */
const ini: Filter = (value, quote) => {
  const text = asText(value);
  const escaped = text.replace(/["\\]/g, '\\$&');
  if (quote === '"') return escaped;
  return /^\s|\s$|^["'[]|[;#]/.test(text) ? `"${escaped}"` : text;
};

const yaml: Filter = (value, quote) => {
  if (quote === "'") return asText(value).replaceAll("'", "''");
  return json(value, quote);
};

const luaEscapes = /[\\"'\u0000-\u001f\u007f]/g;
const luaText = (value: PlaceholderValue): string =>
  asText(value).replace(luaEscapes, (found) =>
    (/[\\"']/.test(found) ? `\\${found}` : `\\${String(found.charCodeAt(0)).padStart(3, '0')}`));
const lua: Filter = (value, quote) => {
  if (quote !== '') return luaText(value);
  if (Array.isArray(value)) return `{ ${value.map((item) => lua(item, '')).join(', ')} }`;
  return plain(value) ? String(value) : `"${luaText(value)}"`;
};

const word = (value: PlaceholderValue): string => `'${asText(value).replaceAll("'", "'\\''")}'`;
const shell: Filter = (value, quote) => {
  if (quote !== '') {
    throw new PinkyError('bad_funpack', 'a placeholder with the filter shell stands in quotes; it brings its own');
  }
  return Array.isArray(value) ? value.map(word).join(' ') : word(value);
};

export const filters = { json, xml, properties, ini, yaml, lua, shell } as const satisfies Record<string, Filter>;
export type FilterName = keyof typeof filters;

export const isFilter = (name: string): name is FilterName => Object.hasOwn(filters, name);

/** Whether the text before a place leaves quotes open there. No format but the shell has texts of several lines. */
export function quoteAfter(before: string, filter: FilterName): Quote {
  if (filter === 'shell' && /<<-?\s*[\w'"\\]/.test(before)) return '"'; // a here-document expands what is in it
  const line = filter === 'shell' ? before : before.slice(before.lastIndexOf('\n') + 1);
  let quote: Quote = '';
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at];
    if (character === '\\' && (quote !== "'" || filter === 'lua')) at += 1;
    else if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === '"' || (character === "'" && filter !== 'json')) quote = character;
  }
  return quote;
}
