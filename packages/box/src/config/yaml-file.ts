import { maskedAddress } from '@pinky/queue/address';
import { isMap, isScalar, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import type { z } from 'zod';
import { suggest } from '@pinky/protocol';
import { addressFault } from '../options/option-kinds.js';
import { allowedText, fileSchema } from '../options/option-schema.js';
import type { Option } from '../options/option.js';

/** One mistake: its place (`file:line` or `$VARIABLE`), and a sentence about it. */
export interface ConfigProblem {
  readonly where: string;
  readonly message: string;
}

export interface YamlFile {
  /** Checked values by option path. Holds only the options that the file sets. */
  readonly values: ReadonlyMap<string, unknown>;
  readonly problems: readonly ConfigProblem[];
  /** `file:line` of an option; line 1 if the file does not set it. */
  readonly where: (path: string) => string;
}

/** Reads and checks pinky.yml. Never throws: it lists every problem with its line. */
export function readYamlFile(file: string, text: string, options: readonly Option[]): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const where = (keys: readonly PropertyKey[]): string => `${file}:${lineOf(document, lines, keys)}`;
  const result = (values: ReadonlyMap<string, unknown>, problems: readonly ConfigProblem[]): YamlFile =>
    ({ values, problems, where: (path) => where(path.split('.')) });

  if (document.errors.length > 0) {
    return result(
      new Map(),
      document.errors.map((error) => ({
        where: `${file}:${lines.linePos(error.pos[0]).line}`,
        message: `is not YAML: ${(error.message.split('\n')[0] ?? '').replace(/:$/, '')}`,
      })),
    );
  }
  const content = withoutNulls(document.toJS() ?? {});
  const checked = fileSchema(options).safeParse(content);
  if (checked.success) return result(flat(checked.data, new Set(options.map(({ path }) => path))), []);
  const problems = checked.error.issues.flatMap((issue) =>
    problemsOf(issue, content, options).map(({ keys, message }) => ({ where: where(keys), message })),
  );
  return result(new Map(), problems);
}

/** An empty section, such as `backup:` with nothing below it, counts as absent. */
function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([key, inner]) => [key, withoutNulls(inner)]),
  );
}

/** Nested objects as a map from `a.b` to the value. The value of an option may be an object itself, such as a share. */
function flat(value: unknown, options: ReadonlySet<string>, prefix = ''): Map<string, unknown> {
  const found = new Map<string, unknown>();
  for (const [key, inner] of Object.entries(value ?? {})) {
    const path = `${prefix}${key}`;
    const isSection = typeof inner === 'object' && inner !== null && !Array.isArray(inner) && !options.has(path);
    if (isSection) for (const entry of flat(inner, options, `${path}.`)) found.set(...entry);
    else found.set(path, inner);
  }
  return found;
}

/** The line of the deepest key of a path that exists; 1 if none does. */
function lineOf(document: Document, lines: LineCounter, keys: readonly PropertyKey[]): number {
  let node: Node | null = document.contents;
  let line = 1;
  for (const key of keys) {
    if (!isMap(node)) break;
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
    if (!pair || !isScalar(pair.key) || !pair.key.range) break;
    line = lines.linePos(pair.key.range[0]).line;
    // A parsed map holds only nodes. The type also allows values that a caller may add.
    node = pair.value as Node | null;
  }
  return line;
}

function problemsOf(
  issue: z.core.$ZodIssue,
  content: unknown,
  options: readonly Option[],
): { keys: readonly PropertyKey[]; message: string }[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      keys: [...issue.path, key],
      message: unknownOption([...issue.path, key].join('.'), options),
    }));
  }
  const path = issue.path.map(String).join('.');
  const option = options.find((known) => path === known.path || path.startsWith(`${known.path}.`));
  if (option) return [{ keys: option.path.split('.'), message: badValue(option, valueAt(content, option.path)) }];
  const inside = options.filter((known) => path === '' || known.path.startsWith(`${path}.`)).map((known) => known.path);
  return [
    {
      keys: issue.path,
      message: `${path === '' ? 'the file' : `\`${path}\``} must be a map of options: ${inside.join(', ')}`,
    },
  ];
}

function unknownOption(path: string, options: readonly Option[]): string {
  const isWhole = options.some((option) => option.path === path); // it was written with a dot, as in the docs
  if (isWhole) {
    return `\`${path}\` is written on two lines: ${path
      .split('.')
      .map((key, i) => (i === 0 ? `\`${key}:\`` : `\`${key}: …\``))
      .join(' and below it, indented, ')}`;
  }
  const names = [...new Set(options.flatMap((option) => [option.path, option.path.split('.')[0] ?? '']))];
  const near = suggest(path, names) ?? suggest(path.split('.').at(-1) ?? '', names);
  const section = path.includes('.') ? `${path.split('.')[0]}.` : '';
  const here = [
    ...new Set(names.filter((name) => name.startsWith(section) && (section !== '' || !name.includes('.')))),
  ];
  return `\`${path}\` is not an ` +
    `option${near === undefined ? '' : `; did you mean \`${near}\`?`}${near === undefined ? '.' : ''} Allowed here: ` +
    `${here.join(', ')}`;
}

/** The sentence about a refused value. It does not repeat a secret. */
export function badValue(option: Option, value: unknown): string {
  const fault = option.kind === 'redis' ? addressFault(value) : undefined;
  const why = fault === undefined ? '' : `: ${fault}`;
  return `\`${option.path}\` is ${shown(option, value)}${why}; allowed is ${allowedText(option)}`;
}

function shown({ kind }: Option, value: unknown): string {
  if (kind === 'secret') return 'refused';
  if (kind !== 'redis') return JSON.stringify(value)?.slice(0, 120) ?? 'nothing';
  // A map of Sentinels may hold passwords in fields of any name.
  return typeof value === 'string' ? JSON.stringify(maskedAddress(value)).slice(0, 120) : 'refused';
}

const valueAt = (content: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
      content,
    );
