import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PinkyError, type FunpackManifest, type RunPart, type Terminal } from '@pinky/protocol';
import { badFunpack, type Funpack } from '../funpack/read-funpack.js';
import { funpackEnvironment, funpackPath, whichProgram } from './environment.js';
import type { LaunchContext } from './launch-context.js';
import { expand, isSet, placeholdersOf, type Placeholders } from './placeholders.js';

/** How to launch the game. No shell takes part, so no text of a setting is ever read as shell syntax. */
export interface LaunchSpec {
  readonly command: readonly string[];
  readonly cwd: string;
  /** The game's whole environment. */
  readonly env: Record<string, string>;
}

/**
 * The command line, folder and environment of one launch: `bin/run`, or the manifest's `run` with its placeholders
 * filled in. Throws `missing_program` if the program is not installed, and `bad_funpack` if no variant of `run`
 * applies.
 */
export function launchSpec(funpack: Funpack, context: LaunchContext): LaunchSpec {
  const env = funpackEnvironment(funpack, context);
  const command = funpack.has.run ? [join(funpack.dir, 'bin', 'run')] : declaredCommand(funpack, context);
  assertInstalled(funpack.manifest, command[0] ?? '', env['PATH'] ?? '', context.workingDir);
  return { ...inTerminalOf(funpack.manifest, { command, env }), cwd: context.workingDir };
}

function declaredCommand(funpack: Funpack, context: LaunchContext): readonly string[] {
  const placeholders = placeholdersOf(funpack, context);
  const variant = variantsOf(funpack.manifest).find(({ ifExists }) =>
    applies(ifExists, context.workingDir, placeholders),
  );
  if (!variant) {
    throw badFunpack(funpack.dir, [
      'funpack.json: run: none of its variants applies; the last one should have no ifExists',
    ]);
  }
  return variant.command
    .flatMap((part) => wordsOf(part, context, placeholders))
    .map((word) => expand(word, placeholders));
}

/** A part of a command line is one word, or words that are there only if a setting is set. */
function wordsOf(part: RunPart, context: LaunchContext, placeholders: Placeholders): readonly string[] {
  if (typeof part === 'string') return [part];
  return isSet(part.ifSet, context, placeholders) ? part.args : [];
}

interface Variant {
  readonly ifExists?: string;
  readonly command: readonly RunPart[];
}

function variantsOf({ run = [] }: FunpackManifest): readonly Variant[] {
  const command: RunPart[] = [];
  const variants: Variant[] = [];
  for (const part of run) {
    if (typeof part === 'object' && 'command' in part) variants.push(part);
    else command.push(part);
  }
  return command.length > 0 ? [{ command }] : variants;
}

function applies(ifExists: string | undefined, workingDir: string, placeholders: Placeholders): boolean {
  if (ifExists === undefined) return true;
  const path = expand(ifExists, placeholders);
  return path !== '' && existsSync(join(workingDir, path)); // empty: there is no newest file
}

function assertInstalled(manifest: FunpackManifest, program: string, path: string, cwd: string): void {
  const missing = missingPrograms(manifest, path);
  if (!whichProgram(program, path, cwd) && !missing.some((one) => one.program === program)) {
    missing.unshift({ program });
  }
  if (missing.length === 0) return;
  const names = missing.map((one) =>
    one.package === undefined ? one.program : `${one.program} (package ${one.package})`,
  );
  throw new PinkyError('missing_program', `${manifest.name}: not installed: ${names.join(', ')}`, {
    details: { programs: missing },
  });
}

/** The programs of the manifest's `requires` that this machine does not have. */
export function missingPrograms(
  manifest: FunpackManifest,
  path: string = funpackPath(),
): { program: string; package?: string }[] {
  return (manifest.requires ?? [])
    .filter(({ program }) => !whichProgram(program, path, '/'))
    .map((one) => ({ ...one }));
}

/** The command in the terminal that the funpack asks for. */
function inTerminalOf(
  { tty = false }: FunpackManifest,
  { command, env }: Pick<LaunchSpec, 'command' | 'env'>,
): Pick<LaunchSpec, 'command' | 'env'> {
  if (tty === false) return { command, env };
  const { term, columns, rows }: Terminal = tty === true ? {} : tty;
  const size = [...(columns === undefined ? [] : ['cols', columns]), ...(rows === undefined ? [] : ['rows', rows])];
  const before = size.length === 0 ? '' : `stty ${size.join(' ')}; `; // script(1) makes one of no size
  return { command: inTerminal(command, before), env: { ...(term !== undefined && { TERM: term }), ...env } };
}

/**
 * The command under script(1), which gives it a terminal. script is quiet, flushes at once, passes the exit status on,
 * does not echo our lines, and keeps no typescript.
 */
const inTerminal = (command: readonly string[], before: string): readonly string[] => [
  'script',
  '--quiet',
  '--flush',
  '--return',
  '--echo',
  'never',
  '--command',
  `${before}exec ${command.map(quoted).join(' ')}`,
  '/dev/null',
];

/** The word as one word for sh(1), whatever is in it. */
const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
