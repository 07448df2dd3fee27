import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { PinkyError } from '@pinky/protocol';

/**
 * Makes this process the only one of its kind by an flock(2) on `path`. flock(1) takes it, on a descriptor that it
 * inherits from us. The lock belongs to the open file: it stays ours when flock(1) has ended, and the kernel frees it
 * when we die, however we die. Answers false if another process holds it. Throws `missing_program`.
 */
export function lockForLife(path: string): boolean {
  const fd = openSync(path, 'a', 0o600); // close-on-exec: no later child inherits it
  const { status, error } = spawnSync('flock', ['--nonblock', '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
  if (error) throw new PinkyError('missing_program', 'flock (of util-linux) could not be started', { cause: error });
  if (status === 0) return true;
  closeSync(fd);
  return false;
}
