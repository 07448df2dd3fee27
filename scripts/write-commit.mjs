// Writes the commit that was built into packages/cli/dist/commit, and the man page beside it.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { readFileSync, writeFileSync } from 'node:fs';

const git = (...args) => execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();

function commit() {
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no') === '' ? '' : ', changed since';
    return `${git('rev-parse', '--short=12', 'HEAD')}${changed}`;
  } catch {
    return ''; // this is no clone, or there is no git
  }
}

const { version } = JSON.parse(readFileSync('packages/cli/package.json', 'utf8'));
writeFileSync('packages/cli/dist/commit', commit());
const { manPage } = createRequire(import.meta.url)('../packages/cli/dist/index.js');
writeFileSync('packages/cli/dist/pinky.1', manPage(version));
