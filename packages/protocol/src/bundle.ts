import { readFileSync } from 'node:fs';
import { createRequire, wrap } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';

/**
 * Loads a program's modules from the one file that the build made of them (scripts/bundles.mjs), with the code that V8
 * compiled then and that stands in `<file>.cache`. To find, read and compile hundreds of files is most of a start.
 * Another version of Node refuses the cache and compiles. The file is ASCII (the build sees to that). Returns what
 * the bundle's entry exports.
 */
export function loadBundle<Exports>(file: string): Exports {
  const script = new Script(wrap(readFileSync(file, 'latin1')), { filename: file, cachedData: codeCache(file) });
  const module = { exports: {} as Exports };
  const run = script.runInThisContext() as (...scope: unknown[]) => void;
  run(module.exports, createRequire(file), module, file, dirname(file));
  return module.exports;
}

function codeCache(file: string): Buffer | undefined {
  try {
    return readFileSync(`${file}.cache`);
  } catch {
    return undefined; // there is none: the code is compiled as it is needed
  }
}
