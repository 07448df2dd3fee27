import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** `$PINKY_HOME`; without it /var/lib/pinky for root, and ~/.pinky for every other user. */
export function homeOf(env: NodeJS.ProcessEnv, uid = process.getuid?.()): string {
  if (env['PINKY_HOME']) return resolve(env['PINKY_HOME']);
  return uid === 0 ? '/var/lib/pinky' : join(env['HOME'] ?? homedir(), '.pinky');
}

/** A path as people write it: `~` is the user's home, and a relative path starts at `base`. */
export function expandPath(path: string, base: string, env: NodeJS.ProcessEnv): string {
  const expanded = path === '~' || path.startsWith('~/') ? join(env['HOME'] ?? homedir(), path.slice(1)) : path;
  return resolve(base, expanded);
}
