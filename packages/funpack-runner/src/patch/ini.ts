import { filters } from '../launch/filters.js';
import { newValue, textOfValue, type Change } from './change.js';

interface Key {
  /** Empty for what stands before the first section. */
  readonly section: string;
  readonly name: string;
}

/**
 * Changes an INI file. The key `network.port` is `port` in the section `[network]`, and brackets may hold a section
 * with dots. Comments and order stay; a key or section that is missing is added.
 */
export function patchIni(text: string, changes: readonly Change[]): string {
  const end = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/);
  const changed = changes.reduce((now, { key, to }) => changeOne(now, keyOf(key), to), lines);
  return changed.length === 0 ? text : changed.map((line) => `${line}${end}`).join('');
}

/** The first dot outside brackets parts section and name. */
function keyOf(key: string): Key {
  const bracketed = /^\[([^\]]*)\]\.?(.+)$/s.exec(key);
  if (bracketed) return { section: bracketed[1] ?? '', name: bracketed[2] ?? '' };
  const at = key.indexOf('.');
  return at < 0 ? { section: '', name: key } : { section: key.slice(0, at), name: key.slice(at + 1) };
}

function changeOne(lines: readonly string[], { section, name }: Key, to: Change['to']): string[] {
  const { from, until } = sectionOf(lines, section);
  const isKey = (at: number): boolean => at >= from && at < until && pairOf(lines[at] ?? '')?.name === name;
  const there = lines.map((_line, at) => at).filter(isKey);
  const last = there.at(-1);
  const value = newValue(to, last === undefined ? undefined : pairOf(lines[last] ?? '')?.value);
  if (value === undefined) return [...lines];
  const written = filters.ini(textOfValue(value), '');
  if (last !== undefined) return lines.map((line, at) => (isKey(at) ? withValue(line, written) : line));
  const style = lines.some((line) => /^[^;#[\s]\S* = /.test(line)) ? ' = ' : '=';
  const added = `${name}${style}${written}`;
  if (from < 0) return [...lines, ...(lines.length > 0 ? [''] : []), `[${section}]`, added];
  const at = endOf(lines, from, until);
  return [...lines.slice(0, at), added, ...lines.slice(at)];
}

/** The lines of a section, without its head. `from` is -1 if there is none. */
function sectionOf(lines: readonly string[], section: string): { from: number; until: number } {
  const isHead = (line: string): boolean => /^\s*\[.*\]/.test(line);
  const head = lines.findIndex((line) => /^\s*\[(.*?)\]/.exec(line)?.[1]?.trim() === section);
  if (section !== '' && head < 0) return { from: -1, until: -1 };
  const from = section === '' ? 0 : head + 1;
  const next = lines.findIndex((line, at) => at >= from && isHead(line));
  return { from, until: next < 0 ? lines.length : next };
}

/** After the last line of the section that is not empty. */
function endOf(lines: readonly string[], from: number, until: number): number {
  let at = until;
  while (at > from && (lines[at - 1] ?? '').trim() === '') at -= 1;
  return at;
}

const pair = /^(\s*)([^;#[\s=][^=]*?)(\s*=\s*)(.*?)(\s+;.*)?$/;

function pairOf(line: string): { name: string; value: string } | undefined {
  const [, , name, , value] = pair.exec(line) ?? [];
  return name === undefined ? undefined : { name, value: (value ?? '').replace(/^"(.*)"$/, '$1') };
}

/** The line with another value. A comment after it stays. */
const withValue = (line: string, value: string): string =>
  line.replace(pair, (_whole, indent: string, name: string, equals: string, _old: string, comment: string = '') =>
    `${indent}${name}${equals}${value}${comment}`);
