import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readJsonObject } from '@pinky/protocol';

/** No server has such a name. */
const fileIn = (backupsDir: string): string => join(backupsDir, 'worlds', '.retention.json');

/**
 * When a version of Pinky that removes backups by time first ran over these backups, Unix milliseconds: written down
 * the first time that somebody asks. A time in the future comes from a clock that was wrong, and is now.
 */
export function firstRun(backupsDir: string, now: number): number {
  const path = fileIn(backupsDir);
  const since = readJsonObject(path)?.['since'];
  if (typeof since === 'number' && since <= now) return since;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const fd = openSync(path, 'w', 0o600);
  try {
    writeSync(fd, `${JSON.stringify({ since: now })}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  return now;
}
