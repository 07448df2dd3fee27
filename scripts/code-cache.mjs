import { readFileSync, writeFileSync } from 'node:fs';
import Module from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';

/**
 * `node scripts/code-cache.mjs <file> [--whole]`: compiles a CommonJS program, `--whole` with every function in it, and
 * keeps V8's code beside it, in `<file>.cache`, for packages/protocol/src/bundle.ts and packages/worker/src/start.cjs.
 * V8 takes it only for the same version, flags and length of source, so both run without options.
 */
function writeCodeCache(file, isWhole) {
  if (isWhole) setFlagsFromString('--no-lazy');
  const script = new Script(Module.wrap(readFileSync(file, 'latin1')), { filename: file });
  setFlagsFromString('--lazy'); // the flags are part of what V8 compares
  writeFileSync(`${file}.cache`, script.createCachedData());
}

writeCodeCache(process.argv[2], process.argv.includes('--whole'));
