import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import type { Funpack } from '../funpack/read-funpack.js';
import { expand, placeholdersOf } from './placeholders.js';
import type { LaunchContext } from './launch-context.js';

const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Debian puts games here, and a daemon's PATH often lacks these folders. */
const gamePath = ['/usr/games', '/usr/local/games'];

/** The PATH that funpacks get: ours, Debian's folders for games, and the folder of the Node that runs this. */
export function funpackPath(own: string = process.env['PATH'] ?? usualPath): string {
  const parts = own.split(delimiter).filter((part) => isAbsolute(part));
  const more = [...gamePath, dirname(process.execPath)].filter((part) => !parts.includes(part));
  return [...parts, ...more].join(delimiter);
}

/** The whole environment of a funpack's programs: nothing of Pinky's own, and no keys. */
export function funpackEnvironment(funpack: Funpack, context: LaunchContext): Record<string, string> {
  const placeholders = placeholdersOf(funpack, context);
  const more = Object.entries(funpack.manifest.env ?? {}).map(
    ([name, value]) => [name, expand(value, placeholders)] as const,
  );
  return {
    PORT: String(context.port),
    ...portVariables(context),
    DATAFILE: context.datafile,
    SHARED_DIR: context.sharedDir,
    SERVER_ID: context.serverId,
    HOME: context.home,
    PATH: funpackPath(),
    LANG: process.env['LANG'] ?? 'C.UTF-8',
    ...Object.fromEntries(more),
  };
}

/** `PORT_QUERY` for the port `query`. */
const portVariables = ({ ports = {} }: LaunchContext): Record<string, string> =>
  Object.fromEntries(
    Object.entries(ports).map(([name, port]) => [`PORT_${name.replaceAll('-', '_').toUpperCase()}`, String(port)]),
  );

/** The path at which execvp(3) would find a program from `cwd`. Undefined if it would find none. */
export function whichProgram(program: string, path: string, cwd: string): string | undefined {
  const candidates = program.includes('/')
    ? [isAbsolute(program) ? program : join(cwd, program)]
    : path.split(delimiter).map((dir) => join(dir, program));
  return candidates.find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // not there, or not ours to run
  }
}
