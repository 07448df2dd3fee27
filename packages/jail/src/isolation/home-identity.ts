import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { boxPaths } from '@pinky/protocol';

/** A home's own name, for the cgroups and users of its games: the identity that the queue made, or else its path. */
export function homeIdentity(home: string): string {
  try {
    const identity = readFileSync(boxPaths(home).identity, 'utf8').trim();
    if (/^[0-9a-f-]{36}$/.test(identity)) return identity;
  } catch {
    // a worker may be alone
  }
  return createHash('sha256').update(home).digest('hex').slice(0, 16);
}
