import { getStaticTOMLValue, parseTOML, type AST } from 'toml-eslint-parser';
import { newValue, type Change, type Written } from './change.js';
import { stepsOf, valueAt, waysOf, type Way } from './key-path.js';

/** Changes a TOML file. All but the changed values stays as it is. */
export function patchToml(text: string, changes: readonly Change[]): string {
  return changes.reduce((changed, { key, to }) => {
    const data: unknown = getStaticTOMLValue(parseTOML(changed));
    return waysOf(data, stepsOf(key)).reduce((now, way) => {
      const value = newValue(to, valueAt(data, way));
      return value === undefined ? now : put(now, way, value);
    }, changed);
  }, text);
}

function put(text: string, way: Way, value: Written): string {
  const [top] = parseTOML(text).body;
  const node = find(top, way);
  if (node) return text.slice(0, node.range[0]) + tomlOf(value) + text.slice(node.range[1]);
  return insert(text, top, way, value);
}

const isSame = (a: Way, b: Way): boolean =>
  a.length === b.length && a.every((step, at) => String(step) === String(b[at]));
const begins = (way: Way, start: Way): boolean => isSame(way.slice(0, start.length), start);

/** The node of the value at the end of the way. */
function find(top: AST.TOMLTopLevelTable, way: Way): AST.TOMLContentNode | undefined {
  for (const entry of top.body) {
    if (entry.type === 'TOMLKeyValue') {
      const found = findIn(entry, way);
      if (found) return found;
    } else if (begins(way, entry.resolvedKey)) {
      const rest = way.slice(entry.resolvedKey.length);
      const found = entry.body.map((pair) => findIn(pair, rest)).find((one) => one !== undefined);
      if (found) return found;
    }
  }
  return undefined;
}

function findIn(pair: AST.TOMLKeyValue, way: Way): AST.TOMLContentNode | undefined {
  const key = namesOf(pair.key);
  return begins(way, key) ? findBelow(pair.value, way.slice(key.length)) : undefined;
}

function findBelow(node: AST.TOMLContentNode, way: Way): AST.TOMLContentNode | undefined {
  const [step, ...rest] = way;
  if (step === undefined) return node;
  if (node.type === 'TOMLArray' && typeof step === 'number') {
    const element = node.elements[step];
    return element && findBelow(element, rest);
  }
  if (node.type !== 'TOMLInlineTable') return undefined;
  return node.body.map((pair) => findIn(pair, way)).find((one) => one !== undefined);
}

const namesOf = (key: AST.TOMLKey): string[] =>
  key.keys.map((part) => (part.type === 'TOMLBare' ? part.name : part.value));

/** Adds a key: at the end of its table if that is there, else in a table of its own at the end of the file. */
function insert(text: string, top: AST.TOMLTopLevelTable, way: Way, value: Written): string {
  const table = way.slice(0, -1);
  const line = `${keyOf(String(way.at(-1)))} = ${tomlOf(value)}\n`;
  if (table.some((step) => typeof step === 'number')) throw new Error(`there is no ${way.join('.')} to change`);
  const known = top.body.find((entry) => entry.type === 'TOMLTable' && isSame(entry.resolvedKey, table));
  if (known) return afterLine(text, known.range[1], line);
  const head = table.map((name) => keyOf(String(name))).join('.');
  if (head !== '') return `${afterLine(text, text.length, '')}\n[${head}]\n${line}`;
  const first = top.body.find((entry) => entry.type === 'TOMLTable');
  const at = first ? text.lastIndexOf('\n', first.range[0]) + 1 : text.length;
  return first ? `${text.slice(0, at)}${line}${text.slice(at)}` : afterLine(text, at, line);
}

/** Puts a line behind the one in which `at` is. */
function afterLine(text: string, at: number, line: string): string {
  const end = at === 0 ? 0 : text.indexOf('\n', at);
  if (end < 0) return text === '' || text.endsWith('\n') ? text + line : `${text}\n${line}`;
  return at === 0 ? line + text : text.slice(0, end + 1) + line + text.slice(end + 1);
}

const keyOf = (name: string): string => (/^[\w-]+$/.test(name) ? name : JSON.stringify(name));

/** A TOML value. Its basic texts are those of JSON, but for one escape that JSON leaves out. */
function tomlOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(tomlOf).join(', ')}]`;
  return typeof value === 'string' ? JSON.stringify(value).replaceAll('\u007f', '\\u007F') : JSON.stringify(value);
}
