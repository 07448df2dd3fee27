import { join } from 'node:path';

/** A full backup holds the whole world; an increment only what has changed since one full backup. */
export type BackupKind = 'full' | 'incremental';

/** How an archive is packed. Increments and other formats have names that older versions pass over. */
export type BackupFormat = 'lzo' | 'zst' | 'gz';

/** Everything that a backup's file name says. */
export interface BackupName {
  readonly serverId: string;
  /** When it was made, seconds since 1970. All older backups of the server have smaller numbers. */
  readonly seconds: number;
  readonly kind: BackupKind;
  readonly format: BackupFormat;
  /** Only the box's key opens it. */
  readonly isEncrypted: boolean;
}

const pattern = /^([A-Za-z0-9_-]{1,64})\.(\d{1,15})(\.incremental)?\.tar\.(lzo|zst|gz)(\.enc)?$/;

/** A server's backups are in `$BACKUPS/worlds/<id>/`. */
export const backupDir = (backupsDir: string, serverId: string): string => join(backupsDir, 'worlds', serverId);

/** `<id>.<unix seconds>.tar.lzo`, or with `incremental`, another format or `enc` in it. */
export const archiveName = ({ serverId, seconds, kind, format, isEncrypted }: BackupName): string =>
  `${serverId}.${seconds}${kind === 'incremental' ? '.incremental' : ''}.tar.${format}${isEncrypted ? '.enc' : ''}`;

/** Undefined for a name that is no backup's. Server ids hold no dot, so a name splits plainly. */
export function parseArchiveName(name: string): BackupName | undefined {
  const [, serverId, seconds, incremental, format, encrypted] = pattern.exec(name) ?? [];
  if (serverId === undefined) return undefined;
  return {
    serverId,
    seconds: Number(seconds),
    kind: incremental === undefined ? 'full' : 'incremental',
    format: format as BackupFormat,
    isEncrypted: encrypted !== undefined,
  };
}

/** Two files lie beside an archive: the list of its paths, and what Pinky knows of it. */
export const manifestName = (serverId: string, seconds: number): string => `${serverId}.${seconds}.manifest.gz`;
export const noteName = (serverId: string, seconds: number): string => `${serverId}.${seconds}.note.json`;
