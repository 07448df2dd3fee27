import { recall, remember } from './memory.js';

/**
 * When a version of Pinky that removes backups by time first ran over these backups, Unix milliseconds: written down
 * the first time that somebody asks. A time in the future comes from a clock that was wrong, and is now.
 */
export function firstRun(backupsDir: string, now: number): number {
  const memory = recall(backupsDir);
  if (memory.since !== undefined && memory.since <= now) return memory.since;
  remember(backupsDir, { ...memory, since: now });
  return now;
}
