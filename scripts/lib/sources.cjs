// Finds the TypeScript source behind each name under which our packages can be imported, from their manifests. Bundles
// and tests that are made from sources need no build, and never take a stale one.
'use strict';
const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

/** `{ '@pinky/queue/owner': '<root>/packages/queue/src/owner/index.ts', … }`: names with more parts come first. */
function sourcesByName(root) {
  const found = readdirSync(join(root, 'packages')).flatMap((folder) => {
    const { name, exports } = JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8'));
    return Object.entries(exports)
      .filter(([, file]) => /^\.\/dist\/.*\.js$/.test(file))
      .map(([part, file]) => [
        name + part.slice(1),
        join(root, 'packages', folder, file.replace('./dist/', 'src/').replace(/\.js$/, '.ts')),
      ]);
  });
  return Object.fromEntries(found.sort(([a], [b]) => b.split('/').length - a.split('/').length || a.localeCompare(b)));
}

module.exports = { sourcesByName };
