import { archiveName, parseArchiveName, type BackupName } from '../catalogue/backup-names.js';
import type { StoreContext } from '../s3/s3-bucket.js';
import { openStore } from './open-store.js';
import { remoteFolder } from './store-address.js';

/** A backup in a store. */
export interface RemoteBackup extends BackupName {
  /** The address to start with: `--world <url>`. */
  readonly url: string;
  readonly size: number;
}

/**
 * The backups in a store, of one server or of all, oldest first. An archive is sent last, so its manifest and note are
 * there too. Throws `store_failed`, `bad_url`, `unsupported` for a web server, and `cancelled`.
 */
export async function listStore(
  address: string,
  context: StoreContext,
  serverId?: string,
): Promise<readonly RemoteBackup[]> {
  const store = openStore(address, context);
  const objects = await store.list(serverId === undefined ? 'worlds' : remoteFolder(serverId));
  const backups = objects.flatMap(({ name, size }) => {
    const [, folder = '', file = '', ...deeper] = name.split('/');
    const parsed = parseArchiveName(file);
    if (deeper.length > 0 || parsed?.serverId !== folder) return [];
    return [{ ...parsed, size, url: `${store.url}${remoteFolder(folder)}/${archiveName(parsed)}` }];
  });
  return backups.sort((a, b) => a.serverId.localeCompare(b.serverId) || a.seconds - b.seconds);
}
