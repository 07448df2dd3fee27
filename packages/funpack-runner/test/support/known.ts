import type { BackupNote } from '../../src/catalogue/backup-note.js';
import type { KnownBackup } from '../../src/catalogue/list-backups.js';

export interface KnownGiven extends Partial<Omit<BackupNote, 'size'>> {
  readonly seconds: number;
  readonly size?: number;
  /** No note, as with a backup of an older version. */
  readonly isOld?: boolean;
}

/** A backup with a note, for tests of what is decided by them. */
export function known({ seconds, size = 1, isOld = false, ...more }: KnownGiven): KnownBackup {
  const kind = more.kind ?? 'full';
  const note: BackupNote = {
    version: 1,
    kind,
    sha256: '',
    size,
    files: 1,
    bytes: 1,
    startedAt: seconds * 1_000,
    ...more,
  };
  return {
    serverId: 's1',
    seconds,
    kind,
    format: 'lzo',
    isEncrypted: false,
    size,
    path: `/b/worlds/s1/s1.${seconds}${kind === 'full' ? '' : '.incremental'}.tar.lzo`,
    ...(!isOld && { note }),
  };
}
