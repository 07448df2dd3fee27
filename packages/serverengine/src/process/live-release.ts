import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

/** A folder by the name that an operator uses, and the folder it led to when this process was started. */
interface Release {
  readonly link: string;
  readonly folder: string;
}

/**
 * Where a file of this program is now. Deployments keep each release in a folder of its own and a link to the present
 * one (`current -> releases/2`). Node resolves links when it loads a module, so a server knows the release that it was
 * started from, which may be old or gone by the time of a restart. A program that was started through no link, and a
 * file that the present release does not have, keep their path.
 */
export class LiveRelease {
  readonly #releases: readonly Release[];
  readonly #hasEntered: boolean;

  constructor(
    program = process.argv[1],
    { cwd = workingFolder(), logicalCwd = process.env['PWD'] }: Partial<Folders> = {},
  ) {
    const started = program === undefined ? [] : [linkOf(program)];
    const entered = cwd === undefined || logicalCwd === undefined ? [] : [linkOf(logicalCwd, cwd)];
    this.#hasEntered = entered.some((release) => release !== undefined);
    this.#releases = [...started, ...entered].filter((release): release is Release => release !== undefined);
  }

  /** The file in the present release, with all links followed. */
  fileOf(path: string): string {
    for (const { link, folder } of this.#releases) {
      if (!isBelow(path, folder)) continue;
      const now = join(link, relative(folder, path));
      if (existsSync(now)) return realpathSync(now);
    }
    return path;
  }

  /** A child's working folder in the present release, if this process has entered its own through a link. */
  get inWorkingFolder(): { readonly cwd?: string } {
    const { PWD } = process.env;
    return PWD !== undefined && this.#hasEntered && existsSync(PWD) ? { cwd: PWD } : {};
  }

  /**
   * Goes into the present release, if the working folder was removed with an old one. Node starts no thread in a folder
   * that is gone.
   */
  leaveRemovedFolder(): void {
    const before = workingFolder(); // Node remembers it
    const isGone = before === undefined || !existsSync(before);
    const { cwd } = isGone ? this.inWorkingFolder : {};
    if (cwd !== undefined) process.chdir(cwd);
  }
}

interface Folders {
  /** The kernel's name of the working folder: no links. */
  readonly cwd: string | undefined;
  /** The shell's name of it (`PWD`). */
  readonly logicalCwd: string | undefined;
}

/** The link in a path, without the part of the path that is the same on both sides. */
function linkOf(given: string, real = realOf(given)): Release | undefined {
  const path = resolve(given);
  if (real === undefined || path === real || realOf(path) !== real) return undefined;
  let [link, folder] = [path, real];
  while (link.split(sep).at(-1) === folder.split(sep).at(-1) && dirname(link) !== link) {
    [link, folder] = [dirname(link), dirname(folder)];
  }
  return { link, folder };
}

const isBelow = (path: string, folder: string): boolean => path === folder || path.startsWith(folder + sep);

function realOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined; // it is gone
  }
}

/** Undefined in a folder that was removed. */
function workingFolder(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}
