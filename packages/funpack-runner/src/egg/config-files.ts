import { fileParsers, type ConfigFile, type FileParser, type SetValue } from '@pinky/protocol';
import { isRecord } from '../funpack/checks.js';
import { carried, changed, missing, type Egg, type EggFile, type EggNote } from './egg.js';
import { container, translate, type Variables } from './texts.js';

export interface EggFiles {
  readonly files: readonly ConfigFile[];
  readonly notes: readonly EggNote[];
}

/** The files that an egg changes. */
export function filesOfEgg({ files }: Egg, variables: Variables): EggFiles {
  const read = files.map((file) => fileOf(file, variables));
  return { files: read.flatMap((one) => one.files), notes: read.flatMap((one) => one.notes) };
}

function fileOf(file: EggFile, variables: Variables): EggFiles {
  const field = `config.files.${file.path}`;
  const parser = fileParsers.find((known) => known === (file.parser === 'yml' ? 'yaml' : file.parser));
  if (!parser || parser === 'toml') {
    return gone(field, `has the parser ${JSON.stringify(file.parser)}, which no panel has`);
  }
  const path = file.path.replace(`${container}/`, '').replace(/^\.?\/+/, '');
  const isFixed = path !== '' && !path.includes('{{') && !path.split('/').includes('..');
  if (!isFixed) return gone(field, 'has a path that is not fixed');
  const notes: EggNote[] = [];
  const set = Object.entries(file.find).map(([key, value]) => [
    translate(key, variables).text,
    valueOf(value, { parser, variables, field: `${field}: ${key}`, notes }),
  ] as const);
  const sets = Object.fromEntries(set.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
  return {
    files: Object.keys(sets).length === 0 ? [] : [{ path, parser, set: sets }],
    notes: notes.length > 0 ? notes : [carried(field, `${set.length} changes by the parser ${parser}`)],
  };
}

const gone = (field: string, says: string): EggFiles => ({ files: [], notes: [missing(field, says)] });

interface Reading {
  readonly parser: FileParser;
  readonly variables: Variables;
  readonly field: string;
  readonly notes: EggNote[];
}

/** A value, or an object with the values that may be there now. */
function valueOf(value: unknown, reading: Reading): SetValue | Record<string, SetValue> | undefined {
  if (!isRecord(value)) return plainValue(value, reading);
  const conditions = Object.entries(value).map(([is, becomes]) => [is, plainValue(becomes, reading)] as const);
  return Object.fromEntries(conditions.flatMap(([is, becomes]) => (becomes === undefined ? [] : [[is, becomes]])));
}

function plainValue(value: unknown, { parser, variables, field, notes }: Reading): SetValue | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value !== 'string') return void notes.push(missing(field, 'is neither a text nor a number'));
  const { text, unknown, hadDocker } = translate(value, variables);
  notes.push(...unknown.map((name) => missing(field, `{{${name}}} has no counterpart`)));
  if (hadDocker) notes.push(changed(field, 'the address of Docker\'s network is 127.0.0.1 here'));
  // Panels write whole numbers as such where the format knows numbers.
  return ['json', 'yaml'].includes(parser) && /^-?(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : text;
}
