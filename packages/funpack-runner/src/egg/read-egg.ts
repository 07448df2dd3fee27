import { PinkyError } from '@pinky/protocol';
import { parse } from 'yaml';
import { isRecord } from '../funpack/checks.js';
import { eggFormats, type Egg, type EggFile, type EggVariable } from './egg.js';

/** The largest egg that is read, characters. The largest known is a tenth of that. */
const mostCharacters = 1024 * 1024;

const badEgg = (problem: string): PinkyError => new PinkyError('bad_funpack', `the egg ${problem}`);

/** Reads an egg, JSON or YAML. Throws `bad_funpack` if it is none. */
export function readEgg(text: string): Egg {
  const egg = parsed(text);
  const meta = recordOf(egg['meta']);
  const format = eggFormats.find((known) => known === meta['version']);
  if (!format) {
    throw badEgg(`has the format ${JSON.stringify(meta['version'] ?? null)}; known are ${eggFormats.join(', ')}`);
  }
  const config = recordOf(egg['config']);
  const startup = inner(config['startup']);
  const install = recordOf(recordOf(egg['scripts'])['installation']);
  const startups = startupsOf(egg);
  if (startups.length === 0) throw badEgg('has no startup command');
  return {
    format,
    name: textOf(egg['name']) || 'egg',
    author: textOf(egg['author']),
    description: textOf(egg['description']),
    startups,
    stop: textOf(config['stop']),
    done: textsOf(startup['done']),
    files: filesOf(inner(config['files'])),
    variables: listOf(egg['variables']).filter(isRecord).map(variableOf),
    images: imagesOf(egg),
    features: textsOf(egg['features']),
    denied: textsOf(egg['file_denylist']),
    install: {
      script: textOf(install['script']).replaceAll('\r\n', '\n'),
      container: textOf(install['container']),
      entrypoint: textOf(install['entrypoint']) || 'sh',
    },
  };
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  if (text.length > mostCharacters) throw badEgg('is larger than 1 MiB');
  try {
    const plain = text.replace(/^\uFEFF/, '');
    const value: unknown = plain.trimStart().startsWith('{') ? JSON.parse(plain) : parse(plain, { maxAliasCount: 0 });
    if (isRecord(value)) return value;
  } catch (cause) {
    throw new PinkyError('bad_funpack', 'the egg is neither JSON nor YAML', { cause });
  }
  throw badEgg('is not an object');
}

function startupsOf(egg: Readonly<Record<string, unknown>>): Egg['startups'] {
  const several = Object.entries(recordOf(egg['startup_commands']));
  const all = several.length > 0 ? several : [['Default', egg['startup']] as const];
  return all
    .map(([name, command]) => ({ name, command: textOf(command).trim() }))
    .filter(({ command }) => command !== '');
}

function imagesOf(egg: Readonly<Record<string, unknown>>): readonly string[] {
  const images = egg['docker_images'] ?? egg['images'] ?? egg['image'];
  return isRecord(images) ? Object.values(images).map(textOf) : textsOf(images);
}

const filesOf = (files: Readonly<Record<string, unknown>>): readonly EggFile[] =>
  Object.entries(files).map(([path, file]) => ({
    path,
    parser: textOf(recordOf(file)['parser']),
    find: recordOf(recordOf(file)['find']),
  }));

const variableOf = (variable: Readonly<Record<string, unknown>>): EggVariable => ({
  name: textOf(variable['name']),
  description: textOf(variable['description']),
  variable: textOf(variable['env_variable']),
  value: textOf(variable['default_value']),
  isViewable: isTrue(variable['user_viewable']),
  isEditable: isTrue(variable['user_editable']),
  rules: Array.isArray(variable['rules']) ? textsOf(variable['rules']) : rulesOf(textOf(variable['rules'])),
});

const expression = /^(?:not_)?regex:/;
const wholeExpression = /^(?:not_)?regex:(.).*\1[a-zA-Z]*$/s;

/** Rules in one text are parted by bars. A regular expression may hold some of its own. */
function rulesOf(text: string): readonly string[] {
  const rules: string[] = [];
  for (const part of text.split('|')) {
    const last = rules.at(-1);
    const isOpen = last !== undefined && expression.test(last) && !wholeExpression.test(last);
    if (isOpen) rules[rules.length - 1] = `${last}|${part}`;
    else if (part.trim() !== '') rules.push(part.trim());
  }
  return rules;
}

/** Panels write objects as such, or as JSON in a text. */
function inner(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'string') return recordOf(value);
  if (value.trim() === '') return {};
  try {
    return recordOf(JSON.parse(value));
  } catch (cause) {
    throw new PinkyError('bad_funpack', 'the egg has a part of `config` that is not JSON', { cause });
  }
}

const isTrue = (value: unknown): boolean => value === true || value === 1 || value === '1';
const recordOf = (value: unknown): Readonly<Record<string, unknown>> => (isRecord(value) ? value : {});
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
const textsOf = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).map(textOf).filter((text) => text !== '');
