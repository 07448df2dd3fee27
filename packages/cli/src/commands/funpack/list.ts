import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { choiceValue, PinkyError, suggest, type SettingSchema } from '@pinky/protocol';
import { missingPrograms, readFunpack, type Funpack } from '@pinky/funpack-runner/light';
import type { Context } from '../../command-line/context.js';
import { currentConfig } from '../../command-line/current-config.js';
import { table } from '../../terminal/table.js';

/** `pinky funpacks`: the funpacks that a start finds by their names, or one of them with its settings. */
export async function funpacks(context: Context, [name]: readonly string[]): Promise<void> {
  const found = (await currentConfig(context)).funpacks.flatMap(foldersIn);
  // A name that is in two folders means the first.
  const known = found.filter((one, at) => found.findIndex((other) => other.name === one.name) === at);
  if (name === undefined) return all(context, known);
  const one = known.find((each) => each.name === name);
  if (!one) throw unknown(name, known);
  if ('fault' in one) throw new PinkyError('bad_funpack', one.fault);
  settings(context, one);
}

interface Good {
  readonly name: string;
  readonly funpack: Funpack;
}

type Found = Good | { readonly name: string; readonly fault: string };

function foldersIn(folder: string): Found[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
      .map((entry) => entry.name)
      .sort()
      .flatMap((name) => read(name, join(folder, name)));
  } catch {
    return []; // a folder that is not there holds no funpack
  }
}

function read(name: string, dir: string): Found[] {
  try {
    return [{ name, funpack: readFunpack(dir) }];
  } catch (failure) {
    const fault = failure instanceof Error ? failure.message : String(failure);
    return fault.includes('funpack.json: is missing') ? [] : [{ name, fault }];
  }
}

function all({ out }: Context, known: readonly Found[]): void {
  const answer = known.map((one) =>
    'fault' in one
      ? { name: one.name, fault: one.fault }
      : { name: one.name, ...summaryOf(one.funpack) });
  out.answer({ funpacks: answer }, () =>
    known.length === 0
      ? ['no funpack is installed; `funpacks` in pinky.yml names the folders']
      : table(
        ['NAME', 'VERSION', 'TITLE', 'FORM', 'SETTINGS', 'MISSING', 'FOLDER'],
        known.map((one) => ('fault' in one ? [one.name, '', out.paint('bad', one.fault)] : row(one))),
      ));
}

const summaryOf = ({ dir, manifest, has }: Funpack) => ({
  version: manifest.version,
  ...(manifest.title !== undefined && { title: manifest.title }),
  form: has.run ? 'program' : 'declarative',
  folder: dir,
  settings: Object.keys(manifest.schema ?? {}),
  missing: missingPrograms(manifest),
});

function row({ name, funpack }: Good): (string | number)[] {
  const { version, title = '', form, folder, settings: names, missing } = summaryOf(funpack);
  return [name, version, title, form, names.length, missing.map(({ program }) => program).join(' '), folder];
}

function settings({ out }: Context, { name, funpack }: Good): void {
  const { schema = {} } = funpack.manifest;
  const shown = Object.entries(schema).map(([setting, one]) => ({ name: setting, ...visible(one) }));
  out.answer({ name, ...summaryOf(funpack), settings: shown }, () => [
    `${name} ${funpack.manifest.version}${funpack.manifest.title === undefined ? '' : `: ${funpack.manifest.title}`}`,
    ...(shown.length === 0
      ? ['it has no settings']
      : table(
        ['SETTING', 'TYPE', 'DEFAULT', 'MAY BE', 'LABEL'],
        shown.map((one) => [one.name, one.type, defaultText(one), limitsText(one), one.label ?? '']),
      )),
  ]);
}

/** A secret's default is not shown: somebody may use it. */
const visible = ({ default: usual, ...rest }: SettingSchema): SettingSchema =>
  (rest.secret === true || usual === undefined ? rest : { ...rest, default: usual });

const defaultText = ({ default: usual, secret, required }: SettingSchema): string =>
  secret === true ? '(secret)' : usual === undefined ? (required === true ? '(needed)' : '') : JSON.stringify(usual);

function limitsText({ values, min, max, pattern, readonly: isFixed }: SettingSchema): string {
  if (isFixed === true) return 'nothing else';
  const choices = values?.map((choice) =>
    `${choiceValue(choice)}${typeof choice === 'object' && choice.label !== undefined ? ` (${choice.label})` : ''}`);
  const range = min === undefined && max === undefined ? [] : [`${min ?? ''}..${max ?? ''}`];
  return [...(choices ? [choices.join(', ')] : range), ...(pattern === undefined ? [] : [pattern])].join(' ');
}

function unknown(name: string, known: readonly Found[]): PinkyError {
  const near = suggest(name, known.map((one) => one.name));
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  return new PinkyError('not_found', `no funpack ${name} is installed${hint}`);
}
