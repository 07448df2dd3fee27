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

/**
 * A third of what a game costs that chatters was optimising the worker's code; V8 is to do that later. Its 11.3, that of
 * Node 20, has the option under this name, and a Node that does not know an option must not be started with it. Set only
 * now, because the code cache is taken under equal options only.
 */
if (process.versions.v8.startsWith('11.3.')) setFlagsFromString('--interrupt-budget=300000');

script.runInThisContext()(exports, require, module, filename, __dirname);
