import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** `$PINKY_HOME`, or /var/lib/pinky for root and ~/.pinky for anybody else. */
export function homeOf(env: NodeJS.ProcessEnv, uid = process.getuid?.()): string {
  if (env['PINKY_HOME']) return resolve(env['PINKY_HOME']);
  return uid === 0 ? '/var/lib/pinky' : join(env['HOME'] ?? homedir(), '.pinky');
}

/** A path as people write it: `~` is their home, and what is relative is relative to `base`. */
export function expandPath(path: string, base: string, env: NodeJS.ProcessEnv): string {
  const expanded = path === '~' || path.startsWith('~/') ? join(env['HOME'] ?? homedir(), path.slice(1)) : path;
  return resolve(base, expanded);
}
