import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PinkyError, type ConfigFile } from '@pinky/protocol';
import { healRestore } from '../backup/heal-restore.js';
import { accessLists } from '../funpack/settings.js';
import type { Funpack } from '../funpack/read-funpack.js';
import { InnerFiles } from './inner-files.js';
import { expand, isSet, placeholdersOf, type Placeholders } from './placeholders.js';
import type { LaunchContext } from './launch-context.js';

/** The content of `DATAFILE`. */
function datafileOf(context: LaunchContext): Readonly<Record<string, unknown>> {
  const lists = accessLists.map(
    (name) => [name, Array.isArray(context.settings[name]) ? context.settings[name] : []] as const,
  );
  return {
    serverId: context.serverId,
    port: context.port,
    ports: context.ports ?? {},
    ram: context.ram,
    settings: context.settings,
    ...Object.fromEntries(lists),
  };
}

/**
 * Writes what the game reads at its start: the datafile, and those of the manifest's `files` in `working/` that are
 * written whole. Each file is whole or not there. Throws `bad_funpack` for a missing template, and for a path that a
 * link leads out of `working/`.
 */
export function writeInputs(funpack: Funpack, context: LaunchContext): void {
  healRestore(context.workingDir);
  mkdirSync(context.workingDir, { recursive: true });
  writeWhole(context.datafile, `${JSON.stringify(datafileOf(context), null, 2)}\n`);
  const placeholders = placeholdersOf(funpack, context);
  const inner = new InnerFiles(context.workingDir);
  for (const file of funpack.manifest.files ?? []) {
    if (file.set !== undefined || !isWanted(file, context, placeholders)) continue;
    inner.write(file.path, expand(templateOf(funpack, file), placeholders));
  }
}

/** Whether the file is to be written or changed at all. */
export const isWanted = ({ ifSet }: ConfigFile, context: LaunchContext, placeholders: Placeholders): boolean =>
  ifSet === undefined || isSet(ifSet, context, placeholders);

/** The text of a file's template, with its placeholders. */
export function templateOf(funpack: Funpack, file: ConfigFile): string {
  if (file.template === undefined) return file.content ?? '';
  try {
    return readFileSync(join(funpack.dir, file.template), 'utf8');
  } catch (cause) {
    throw new PinkyError('bad_funpack', `funpack ${funpack.dir}: template ${file.template} cannot be read`, { cause });
  }
}

/**
 * Writes the datafile beside its place and renames it, so that a reader sees the old file or the new one, also after a
 * power cut: a game that is launched again gets the same one. Mode 0600, because settings may hold passwords.
 */
function writeWhole(path: string, text: string): void {
  const beside = `${path}.${process.pid}.new`;
  try {
    rmSync(beside, { force: true }); // a process that was killed may have left it
    writeFileSync(beside, text, { mode: 0o600, flag: 'wx', flush: true });
    renameSync(beside, path);
  } catch (failure) {
    rmSync(beside, { force: true });
    throw failure;
  }
}
