import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pinkyVersion } from '@pinky/box/home';

/** `0.1.0 (commit 1a2b3c4d5e6f)`. The build writes down the commit, if it runs in a clone. */
export function versionText(): string {
  try {
    const commit = readFileSync(join(__dirname, '..', 'commit'), 'utf8').trim();
    return commit === '' ? pinkyVersion() : `${pinkyVersion()} (commit ${commit})`;
  } catch {
    return pinkyVersion(); // it was built from an archive of the sources
  }
}
