'use strict';
/**
 * The worker's program: runs worker-bundle.cjs, which stands beside it, from the code that V8 compiled when Pinky was
 * built (scripts/code-cache.mjs). That takes a fifth off the CPU of a start, of which a hundred may be asked for at
 * once, and the first crash of a game finds its code compiled. Another version of Node refuses the cache and compiles.
 */
const { readFileSync } = require('node:fs');
const { wrap } = require('node:module');
const { join } = require('node:path');
const { setFlagsFromString } = require('node:v8');
const { Script } = require('node:vm');

const filename = join(__dirname, 'worker-bundle.cjs');

function codeCache() {
  try {
    return readFileSync(`${filename}.cache`);
  } catch {
    return undefined; // built without one: compiled as it is needed
  }
}

const script = new Script(wrap(readFileSync(filename, 'utf8')), { filename, cachedData: codeCache() });

// Loaded while the flags are still V8's own: those that Node's modules were compiled under when Node was built.
for (const name of ['node:net', 'node:child_process']) require(name);

/**
 * A hundred workers run at once and most are idle: a nursery that stays as small as it begins, 1 MB, as with
 * `--max-semi-space-size=1`. On the command line that option, like any other, would have V8 refuse the compiled code of
 * Node's own modules, a sixth of a start.
 */
setFlagsFromString('--semi-space-growth-factor=1');

/**
 * A third of what a game costs that chatters was optimising the worker's code; V8 is to do that later. Its 11.3, that
 * of Node 20, has the option under this name.
 */
if (process.versions.v8.startsWith('11.3.')) setFlagsFromString('--interrupt-budget=300000');

script.runInThisContext()(exports, require, module, filename, __dirname);
