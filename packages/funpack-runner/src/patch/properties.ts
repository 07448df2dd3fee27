import { filters } from '../launch/filters.js';
import { newValue, textOfValue, type Change } from './change.js';

/** One logical line: a key and its value, or something else that stays as it is. */
interface Line {
  readonly text: string;
  readonly key?: string;
  readonly value?: string;
}

/** Changes a file of Java properties. Comments and order stay, and a key that is missing is added at the end. */
export function patchProperties(text: string, changes: readonly Change[]): string {
  const end = text.includes('\r\n') ? '\r\n' : '\n';
  let lines = linesOf(text);
  for (const { key, to } of changes) {
    const now = lines.filter((line) => line.key === key).at(-1)?.value;
    const value = newValue(to, now);
    if (value === undefined) continue;
    const plain = textOfValue(value);
    const written = { text: `${escapeKey(key)}=${filters.properties(plain, '')}`, key, value: plain };
    lines = now === undefined ? [...lines, written] : lines.map((line) => (line.key === key ? written : line));
  }
  return lines.length === 0 ? text : lines.map((line) => `${line.text}${end}`).join('');
}

function linesOf(text: string): Line[] {
  const raw = text.split(/\r\n|\n|\r/);
  if (raw.at(-1) === '') raw.pop();
  const lines: Line[] = [];
  for (let part = raw.shift(); part !== undefined; part = raw.shift()) {
    let whole = part;
    // A backslash at the end goes on in the next line, which cannot be a comment then.
    while (!/^\s*[#!]/.test(whole) && /(^|[^\\])(\\\\)*\\$/.test(whole) && raw.length > 0) whole += `\n${raw.shift()}`;
    lines.push(lineOf(whole));
  }
  return lines;
}

function lineOf(text: string): Line {
  const logical = text.replace(/\\\n\s*/g, '');
  const found = /^\s*((?:\\.|[^\s=:#!\\])(?:\\.|[^\s=:\\])*)\s*[=:]?\s*(.*)$/s.exec(logical);
  const [, key, value] = found ?? [];
  return key === undefined || value === undefined ? { text } : { text, key: unescape(key), value: unescape(value) };
}

const controls: Readonly<Record<string, string>> = {
  t: '\t',
  n: '\n',
  r: '\r',
  f: '\f',
};
const unescape = (text: string): string =>
  text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_whole, code: string | undefined, other: string) =>
    code === undefined ? (controls[other] ?? other) : String.fromCharCode(Number.parseInt(code, 16)));

const escapeKey = (key: string): string => key.replace(/[\s=:#!\\]/g, '\\$&');
