'use strict';
/**
 * The worker's program. It has a loader of its own, because V8's flags are set between reading and running. It runs
 * worker-bundle.cjs, which is beside it, with the code that V8 compiled when Pinky was built (scripts/code-cache.mjs).
 * That saves a fifth of the CPU of a start, and a hundred starts may come at once. The first crash of a game also finds
 * its code compiled. Another version of Node refuses the cache and compiles.
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
    return undefined; // there is none: the code is compiled as it is needed
  }
}

const script = new Script(wrap(readFileSync(filename, 'latin1')), { filename, cachedData: codeCache() });

// Loaded before any flag is set: Node's modules were compiled under V8's own flags when Node was built.
for (const name of ['node:net', 'node:child_process']) require(name);

/**
 * A hundred workers run at once, and most are idle. So the nursery stays as small as it begins, 1 MB, as with
 * `--max-semi-space-size=1`. That option on the command line, like any other, would make V8 refuse the compiled code of
 * Node's own modules, which is a sixth of a start.
 */
setFlagsFromString('--semi-space-growth-factor=1');

/**
 * With a chatty game, a third of the cost was V8 optimising the worker's code. V8 is to do that later. V8 11.3, in Node
 * 20, has the option under this name.
 */
if (process.versions.v8.startsWith('11.3.')) setFlagsFromString('--interrupt-budget=300000');

script.runInThisContext()(exports, require, module, filename, __dirname);
