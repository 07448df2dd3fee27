import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { errnoOf, type ConfigFile, type FunpackManifest, type SettingSchema } from '@pinky/protocol';
import { matcherOf } from '../backup/glob.js';
import { bytesOf } from '../kernel/open-folder.js';
import { parserOf } from '../launch/file-parser.js';
import { isFilter, type FilterName } from '../launch/filters.js';
import { placeholder } from '../launch/placeholders.js';
import { secretsNamedIn } from '../launch/secret-files.js';
import { error, manifestFile, warning, type FunpackFinding } from './finding.js';
import { namedFields, unknownPlaceholders } from './placeholder-names.js';
import type { Funpack } from './read-funpack.js';

/** The faults of the configuration files of a funpack. */
export async function checkFiles(dir: string, manifest: FunpackManifest): Promise<FunpackFinding[]> {
  const findings: FunpackFinding[] = [];
  for (const file of manifest.files ?? []) {
    try {
      findings.push(...checkTexts(manifest, file, await textsOf(dir, file)));
    } catch (failure) {
      findings.push(
        error(
          file.template ?? manifestFile,
          `files ${file.path}: the template cannot be read (${errnoOf(failure) ?? String(failure)})`,
        ),
      );
    }
  }
  return findings;
}

interface FileTexts {
  /** The whole file, if the funpack has it. */
  readonly whole?: string;
  readonly values: readonly string[];
}

async function textsOf(dir: string, { template, content, set = {} }: ConfigFile): Promise<FileTexts> {
  const whole = template === undefined ? content : await readFile(join(dir, template), 'utf8');
  const values = Object.values(set).flatMap((value) => (typeof value === 'object' ? Object.values(value) : [value]));
  return { values: values.map(String), ...(whole !== undefined && { whole }) };
}

function checkTexts(manifest: FunpackManifest, file: ConfigFile, { whole, values }: FileTexts): FunpackFinding[] {
  const { schema = {} } = manifest;
  const at = file.template ?? manifestFile;
  // Configuration files often have braces of their own, so only settings and ports are checked here.
  const names = unknownPlaceholders([whole ?? '', ...values].join('\n'), Object.keys(schema), namedFields(manifest));
  const conditions = [...Object.keys(schema), ...namedFields({ newest: manifest.newest ?? {} })];
  const isUnknown = file.ifSet !== undefined && !conditions.includes(file.ifSet);
  return [
    ...names
      .filter((name) => name.startsWith('settings.'))
      .map((name) => warning(at, `files ${file.path}: {${name}} is not in schema`)),
    ...names
      .filter((name) => /^(?:ports|newest)\./.test(name))
      .map((name) => warning(at, `files ${file.path}: {${name}} is not in ${name.split('.')[0]}`)),
    ...(isUnknown ? [warning(manifestFile, `files ${file.path}: ifSet ${file.ifSet} is not in schema`)] : []),
    ...(whole === undefined ? [] : checkBare(schema, file, { at, whole })),
    ...checkSecrets(manifest, file, [whole ?? '', ...values]),
  ];
}

const byEnding: Readonly<Record<string, FilterName>> = { '.lua': 'lua', '.sh': 'shell' };

/** The filter that fits the format of a file. */
function filterOf(file: ConfigFile): FilterName | undefined {
  const name: string = parserOf(file) ?? byEnding[extname(file.path).toLowerCase()] ?? '';
  return isFilter(name) ? name : undefined;
}

/** A text in a JSON file, say, may hold a quote, and then the file is no JSON any more. */
function checkBare(
  schema: Readonly<Record<string, SettingSchema>>,
  file: ConfigFile,
  { at, whole }: { readonly at: string; readonly whole: string },
): FunpackFinding[] {
  const filter = filterOf(file);
  if (filter === undefined) return [];
  const bare = [...whole.matchAll(placeholder)]
    .filter(([, , given]) => given === undefined)
    .map(([, name = '']) => name);
  return [...new Set(bare)]
    .filter((name) => ['string', 'enum', 'list'].includes(schema[name.replace(/^settings\./, '')]?.type ?? ''))
    .map((name) => warning(at, `files ${file.path}: {${name}} may break the file; write {${name}|${filter}}`));
}

/** A backup is read by more people than the game's folder is. A file that is written anew is left out of it. */
function checkSecrets(manifest: FunpackManifest, file: ConfigFile, texts: readonly string[]): FunpackFinding[] {
  const { persistent = false, backup = {} } = manifest;
  const held = secretsNamedIn(manifest, texts);
  if (held.length === 0 || !persistent || file.set === undefined || !isBackedUp(file.path, backup)) return [];
  return [warning(
    manifestFile,
    `files ${file.path}: holds the secret ${held.join(', ')} and is part of the backups, since it is changed and not ` +
      'written anew; if the game makes it again by itself, add it to backup.exclude',
  )];
}

/** The programs of a funpack that get its secrets, and the one that names its world. */
export type UsesSecrets = Pick<Funpack['has'], 'prepare' | 'run' | 'import'>;

/**
 * Secrets that Pinky hands to a funpack's own programs, or to whoever looks at the list of processes. Only their author
 * knows what becomes of them.
 */
export function checkSecretUse(manifest: FunpackManifest, has: UsesSecrets): FunpackFinding[] {
  const { schema = {}, run = [], persistent = false, backup = {} } = manifest;
  const secrets = Object.keys(schema).filter((name) => schema[name]?.secret === true);
  const shown = secretsNamedIn(manifest, has.run ? [] : [JSON.stringify(run)]);
  const isNarrow = has.import || backup.paths !== undefined || backup.exclude !== undefined;
  const mayWrite = secrets.length > 0 && persistent && (has.prepare || has.run) && !isNarrow;
  return [
    ...shown.map((name) => warning(
      manifestFile,
      `run: {settings.${name}} is secret, and every user of the machine can read a command line; use a file or env`,
    )),
    ...(mayWrite
      ? [warning(
          manifestFile,
          `backup: a program of the funpack may write the secret ${secrets.join(', ')} into working/, and all of ` +
            'that is backed up; name the world in backup.paths, or that file in backup.exclude',
        )]
      : []),
  ];
}

/** Whether a backup holds the file, as far as the manifest says. */
function isBackedUp(path: string, { paths, exclude = [] }: NonNullable<FunpackManifest['backup']>): boolean {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  const ways = names.map((_name, at) => bytesOf(names.slice(0, at + 1).join('/')));
  const isNamed = paths === undefined || paths.some((one) => ways.includes(bytesOf(one.replace(/^\.\/|\/+$/g, ''))));
  return isNamed && !ways.some(matcherOf(exclude));
}
