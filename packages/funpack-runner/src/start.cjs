'use strict';
/**
 * The runner's program. A backup of a world that has not changed takes hardly longer than the start of its runner, and
 * to load a hundred modules took half of that.
 */
const { join } = require('node:path');
const { loadBundle } = require('@pinky/protocol/bundle');

loadBundle(join(__dirname, 'runner-bundle.cjs'));
