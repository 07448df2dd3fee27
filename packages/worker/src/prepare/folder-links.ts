import { mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { worldBackups, type BoxConfig, type Logger, type ServerPaths } from '@pinky/protocol';

export interface LinkedFolders {
  readonly serverId: string;
  readonly paths: Pick<ServerPaths, 'funpack' | 'backup'>;
  readonly config: Pick<BoxConfig, 'backups'>;
  readonly funpackDir: string;
  readonly isPersistent: boolean;
  readonly log: Logger;
}

/**
 * Makes `funpack` and `backup` in the folder of a server: links to what it runs and to its backups, for people and
 * programs who look for them there. A game does not need them, so a disk that refuses is only logged.
 */
export function linkFolders({ serverId, paths, config, funpackDir, isPersistent, log }: LinkedFolders): void {
  const backups = worldBackups(config.backups, serverId);
  try {
    if (isPersistent) mkdirSync(backups, { recursive: true, mode: 0o700 });
    link(funpackDir, paths.funpack);
    link(backups, paths.backup);
  } catch (error) {
    log.warn({ event: 'server.unlinked', serverId, error: String(error) });
  }
}

/** Replaces a link in one step. */
function link(target: string, path: string): void {
  const beside = `${path}.${process.pid}.tmp`;
  symlinkSync(target, beside);
  renameSync(beside, path);
}
