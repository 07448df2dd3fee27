import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, PinkyError, type FunpackManifest } from '@pinky/protocol';
import { parseManifest } from './manifest.js';

/** The programs that a funpack may have in `bin/`. */
export const funpackPrograms = ['run', 'bootstrap', 'prepare', 'import', 'order'] as const;
export type FunpackProgram = (typeof funpackPrograms)[number];

/** One funpack on this machine: its folder, the digest of its content, its manifest, and which programs it has. */
export interface Funpack {
  readonly dir: string;
  readonly digest: string;
  readonly manifest: FunpackManifest;
  readonly has: { readonly [program in FunpackProgram]: boolean };
}

/**
 * Reads the funpack in `dir`. Throws `bad_funpack`, which names the funpack (`name`), the file and every faulty field.
 */
export function readFunpack(dir: string, digest = '', name = dir): Funpack {
  const { manifest, faults } = parseManifest(readManifestText(dir, name));
  if (!manifest) throw badFunpack(name, faults.map((fault) => `funpack.json: ${fault}`));
  const found = funpackPrograms.map((name) => findProgram(dir, name));
  const notExecutable = funpackPrograms.filter((_name, i) => found[i] === 'notExecutable');
  if (notExecutable.length > 0) {
    throw badFunpack(
      name,
      notExecutable.map((program) => `bin/${program}: is not an executable file; chmod +x it`),
    );
  }
  const has = {
    run: found[0] === 'found',
    bootstrap: found[1] === 'found',
    prepare: found[2] === 'found',
    import: found[3] === 'found',
    order: found[4] === 'found',
  };
  if (!has.run && !manifest.run) {
    throw badFunpack(name, ['it has neither a program bin/run nor the field `run` in funpack.json']);
  }
  return { dir, digest, manifest, has };
}

/** Whether the program is there. A file that may not be run is a fault, not an absence. */
export function findProgram(dir: string, name: FunpackProgram): 'found' | 'absent' | 'notExecutable' {
  const path = join(dir, 'bin', name);
  try {
    if (!statSync(path).isFile()) return 'notExecutable';
    accessSync(path, constants.X_OK);
    return 'found';
  } catch (failure) {
    return ['ENOENT', 'ENOTDIR'].includes(errnoOf(failure) ?? '') ? 'absent' : 'notExecutable';
  }
}

export const badFunpack = (name: string, faults: readonly string[]): PinkyError =>
  new PinkyError('bad_funpack', `funpack ${name}: ${faults.join('; ')}`, { details: { faults } });

/** The largest funpack.json that is read, bytes. A worker, which must stay small, reads it as a whole. */
const maxManifestBytes = 1 << 20;

export function readManifestText(dir: string, name = dir): string {
  const path = join(dir, 'funpack.json');
  try {
    if (statSync(path).size > maxManifestBytes) throw badFunpack(name, ['funpack.json: is larger than 1 MiB']);
    return readFileSync(path, 'utf8');
  } catch (failure) {
    if (failure instanceof PinkyError) throw failure;
    throw badFunpack(name, [
      errnoOf(failure) === 'ENOENT' ? 'funpack.json: is missing' : `funpack.json: cannot be read (${String(failure)})`,
    ]);
  }
}
