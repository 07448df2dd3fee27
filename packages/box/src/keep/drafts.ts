import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { boxPaths, namesIn, type BoxConfig, type Logger } from '@pinky/protocol';
import { identify } from '@pinky/supervisor';

/** A younger draft may be of a writer whom this process cannot see, such as one in a container. Milliseconds. */
const youngMs = 5_000;

/**
 * Removes the drafts of small files that a killed writer left. Such a file is written beside its name, with the
 * writer's pid behind it, and gets its name by a rename. Definitions and backups have drafts of their own, which queue
 * and runner remove.
 */
export function removeDrafts(config: Pick<BoxConfig, 'home' | 'backups'>, wallNowMs: number, logger: Logger): void {
  const { apiDir, apiTokens } = boxPaths(config.home);
  const places: readonly (readonly [string, RegExp])[] = [
    [config.home, /^(?:effective\.json|maintenance\.json|identity|\.webhook-\w+)\.(\d+)$/],
    [apiDir, /^address\.json\.(\d+)$/],
    [apiTokens, /^\.\w+\.(\d+)$/],
    [join(config.backups, 'worlds'), /^\.retention\.json\.(\d+)$/],
  ];
  for (const [dir, pattern] of places) {
    for (const name of namesIn(dir)) {
      const pid = Number(pattern.exec(name)?.[1] ?? NaN);
      if (Number.isNaN(pid) || identify(pid) !== undefined) continue;
      const file = join(dir, name);
      const writtenAt = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? wallNowMs;
      if (Math.abs(wallNowMs - writtenAt) < youngMs) continue;
      rmSync(file, { force: true });
      logger.info({ event: 'draft.removed', file });
    }
  }
}
