'use strict';
/**
 * The runner's program. It runs runner-bundle.cjs, which is beside it, with the code that V8 compiled when Pinky was
 * built (scripts/code-cache.mjs). A backup of a world that has not changed takes hardly longer than the start of its
 * runner, and to load a hundred modules took half of that. Another version of Node refuses the cache and compiles.
 */
const { readFileSync } = require('node:fs');
const { wrap } = require('node:module');
const { join } = require('node:path');
const { Script } = require('node:vm');

const filename = join(__dirname, 'runner-bundle.cjs');

function codeCache() {
  try {
    return readFileSync(`${filename}.cache`);
  } catch {
    return undefined; // there is none: the code is compiled as it is needed
  }
}

const script = new Script(wrap(readFileSync(filename, 'latin1')), { filename, cachedData: codeCache() });
script.runInThisContext()(exports, require, module, filename, __dirname);
