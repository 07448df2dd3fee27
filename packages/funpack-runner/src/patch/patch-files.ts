import { assertNever, messageOf, PinkyError, type ConfigFile, type FileParser, type SetValue } from '@pinky/protocol';
import type { Funpack } from '../funpack/read-funpack.js';
import { InnerFiles } from '../launch/inner-files.js';
import { parserOf } from '../launch/file-parser.js';
import { isWanted, templateOf } from '../launch/inputs.js';
import type { LaunchContext } from '../launch/launch-context.js';
import { expand, expandValue, placeholdersOf, type Placeholders } from '../launch/placeholders.js';
import type { Change, Written } from './change.js';
import { patchIni } from './ini.js';
import { patchJson } from './json.js';
import { patchLines } from './lines.js';
import { patchProperties } from './properties.js';
import { patchToml } from './toml.js';
import { patchXml } from './xml.js';
import { patchYaml } from './yaml.js';

/**
 * Changes the files of the manifest that have `set`, and makes those that are not there. A file is written only if
 * something in it changes. Throws `prepare_failed` for a file that its parser cannot read, and `bad_funpack` for a path
 * that a link leads out of `working/`.
 */
export function patchFiles(funpack: Funpack, context: LaunchContext): { changed: readonly string[] } {
  const inner = new InnerFiles(context.workingDir);
  const placeholders = placeholdersOf(funpack, context);
  const changed = (funpack.manifest.files ?? [])
    .filter((file) => file.set !== undefined && isWanted(file, context, placeholders))
    .filter((file) => patchFile(inner, file, { funpack, context, placeholders }))
    .map(({ path }) => path);
  return { changed };
}

interface Filling {
  readonly funpack: Funpack;
  readonly context: LaunchContext;
  readonly placeholders: Placeholders;
}

function patchFile(
  inner: InnerFiles,
  file: ConfigFile,
  { funpack, context, placeholders }: Filling,
): boolean {
  const there = inner.read(file.path);
  const hasBase = file.template !== undefined || file.content !== undefined;
  const before = there ?? (hasBase ? expand(templateOf(funpack, file), placeholders) : undefined);
  const after = patched(file, before, changesOf(file, context, placeholders));
  if (after === there) return false;
  inner.write(file.path, after, { keeps: true });
  return true;
}

function patched(file: ConfigFile, before: string | undefined, changes: readonly Change[]): string {
  const parser = parserOf(file) ?? 'file';
  const mark = before?.startsWith('\uFEFF') ? '\uFEFF' : '';
  try {
    return mark + patchText(parser, before?.slice(mark.length), changes);
  } catch (cause) {
    throw new PinkyError(
      'prepare_failed',
      `files: ${file.path} cannot be changed as ${parser}: ${messageOf(cause)}; correct it, or remove it`,
      { cause },
    );
  }
}

/** The text with its changes. Without a text the file is not there yet. */
export function patchText(parser: FileParser, text: string | undefined, changes: readonly Change[]): string {
  switch (parser) {
    case 'properties': return patchProperties(text ?? '', changes);
    case 'ini': return patchIni(text ?? '', changes);
    case 'json': return patchJson(text ?? '', changes);
    case 'yaml': return patchYaml(text ?? '', changes);
    case 'xml': return patchXml(text ?? '', changes);
    case 'toml': return patchToml(text ?? '', changes);
    case 'file': return patchLines(text, changes);
    default: return assertNever(parser);
  }
}

/** The changes of one launch. A key whose value is one setting, and that is not set, is left alone. */
function changesOf(
  { set = {} }: ConfigFile,
  { settings }: LaunchContext,
  placeholders: Placeholders,
): readonly Change[] {
  const isAbsent = (value: unknown): boolean => {
    const [, name] = /^\{settings\.([\w-]+)\}$/.exec(String(value)) ?? [];
    return name !== undefined && (settings[name] === undefined || settings[name] === null);
  };
  return Object.entries(set).filter(([, value]) => !isAbsent(value)).map(([key, value]) =>
    typeof value === 'object'
      ? { key, to: new Map(Object.entries(value).map(([is, becomes]) => [is, written(becomes, placeholders)])) }
      : { key, to: written(value, placeholders) },
  );
}

/** A placeholder's value keeps its kind: a setting that is a number becomes a number, and a list a list. */
function written(value: SetValue, placeholders: Placeholders): Written {
  if (typeof value !== 'string') return value;
  const expanded = expandValue(value, placeholders);
  return typeof expanded === 'number' || typeof expanded === 'boolean' || Array.isArray(expanded)
    ? expanded
    : String(expanded);
}
