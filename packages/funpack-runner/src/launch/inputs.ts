import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { PinkyError, type ConfigFile } from '@pinky/protocol';
import { healRestore } from '../backup/heal-restore.js';
import { badFunpack, type Funpack } from '../funpack/read-funpack.js';
import { expand, placeholdersOf } from './placeholders.js';
import type { LaunchContext } from './launch-context.js';

/** The access lists. Settings with these names are also at the top of the datafile, always as lists. */
export const accessLists = ['ops', 'banned', 'whitelisted'] as const;

/** The content of `DATAFILE`. */
function datafileOf(context: LaunchContext): Readonly<Record<string, unknown>> {
  const lists = accessLists.map(
    (name) => [name, Array.isArray(context.settings[name]) ? context.settings[name] : []] as const,
  );
  return {
    serverId: context.serverId,
    port: context.port,
    ram: context.ram,
    settings: context.settings,
    ...Object.fromEntries(lists),
  };
}

/**
 * Writes what the game reads at its start: the datafile, and the manifest's `files` in `working/`. Each file is whole
 * or not there. Throws `bad_funpack` for a missing template, and for a path that a link leads out of `working/`.
 */
export function writeInputs(funpack: Funpack, context: LaunchContext): void {
  healRestore(context.workingDir);
  mkdirSync(context.workingDir, { recursive: true });
  writeWhole(context.datafile, `${JSON.stringify(datafileOf(context), null, 2)}\n`);
  const placeholders = placeholdersOf(funpack, context);
  for (const file of funpack.manifest.files ?? []) {
    const text = expand(templateOf(funpack, file), placeholders);
    writeWhole(placeFor(funpack, context.workingDir, file.path), text);
  }
}

function templateOf(funpack: Funpack, file: ConfigFile): string {
  if (file.template === undefined) return file.content ?? '';
  try {
    return readFileSync(join(funpack.dir, file.template), 'utf8');
  } catch (cause) {
    throw new PinkyError('bad_funpack', `funpack ${funpack.dir}: template ${file.template} cannot be read`, { cause });
  }
}

/** The file's path, after its folder was made. A link in a restored world must not lead the write elsewhere. */
function placeFor(funpack: Funpack, workingDir: string, path: string): string {
  const root = realpathSync(workingDir);
  const folder = dirname(join(root, path));
  const existing = realpathSync(nearestExisting(folder));
  if (existing !== root && !existing.startsWith(root + sep)) {
    throw badFunpack(funpack.dir, [`files: ${path} is led out of working/ by a link`]);
  }
  mkdirSync(folder, { recursive: true });
  return join(folder, basename(path));
}

const nearestExisting = (path: string): string => (existsSync(path) ? path : nearestExisting(dirname(path)));

/**
 * Writes a file beside its place and renames it, so that a reader sees the old file or the new one, also after a power
 * cut: a game that is launched again gets the same DATAFILE. Mode 0600, because
 * settings may hold passwords.
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
