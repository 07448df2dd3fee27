import type { ErrorCode } from '../errors.js';

/** Which of a server's backups is meant. Neither: the newest one. */
export interface BackupChoice {
  /** Unix seconds, an archive's name, the beginning of one of them, `latest` or `newest-clean`. */
  readonly which?: string;
  /** A time, in the box's time zone: the newest world from before that. */
  readonly at?: string;
}

interface OfServer {
  readonly serverId: string;
}

/** How long a pin holds, in days, and why. Default: for ever. */
export interface PinTerms {
  readonly days?: number;
  readonly because?: string;
}

/** Commands about backups. The queue has a funpack-runner do them; no worker is needed. */
export type BackupCommand =
  /** Without an id: of every server that has some. */
  | { readonly name: 'backups'; readonly data: { readonly serverId?: string } }
  | { readonly name: 'restore'; readonly data: OfServer & BackupChoice }
  | { readonly name: 'pin'; readonly data: OfServer & BackupChoice & PinTerms }
  | { readonly name: 'unpin' | 'verify'; readonly data: OfServer & BackupChoice }
  /** `discard`: the newest one too. */
  | { readonly name: 'backups rm'; readonly data: OfServer & BackupChoice & { readonly discard?: boolean } }
  /** Writes one whole archive to a new file of the box's machine. */
  | { readonly name: 'backups get'; readonly data: OfServer & BackupChoice & { readonly file: string } };

export const backupCommandNames = [
  'backups',
  'restore',
  'pin',
  'unpin',
  'verify',
  'backups rm',
  'backups get',
] as const satisfies readonly BackupCommand['name'][];
export type BackupCommandName = BackupCommand['name'];

export const isBackupCommandName = (name: unknown): name is BackupCommandName =>
  backupCommandNames.some((known) => known === name);

/** The questions of the queue to a runner. A restore takes two steps: a server that is up is stopped in between. */
export type CatalogueAsk =
  | Exclude<BackupCommand, { readonly name: 'restore' }>
  /** Chooses a backup, and holds it, so that nothing removes it for an hour. `id` is that of the restore. */
  | { readonly name: 'choose'; readonly data: OfServer & BackupChoice & { readonly id: string } }
  /** Makes it the newest one, by a second name, and pins the world that was newest before. */
  | { readonly name: 'use'; readonly data: OfServer & { readonly seconds: number; readonly id: string } };

/** One backup, as people and programs see it. Times are Unix milliseconds. */
export interface BackupView {
  readonly name: string;
  /** The number in its name, which is what to give to other commands. */
  readonly seconds: number;
  /** When its world was written, in the local time of the box, with its offset. */
  readonly when: string;
  /** The world was found to be the same later, at this time. */
  readonly unchangedAt?: number;
  /** Bytes of the archive. */
  readonly size: number;
  readonly kind: 'full' | 'incremental';
  /** The full backup that an incremental one needs. */
  readonly base?: string;
  /** False: the game was ended by force while it saved, or a part of the world may be missing. */
  readonly isClean: boolean;
  /** The game was ended by force: what it saved last may be torn. */
  readonly isUnclean?: true;
  /** It lacks a part of the world that was selected. */
  readonly isIncomplete?: true;
  readonly pinnedUntil?: number | 'ever';
  /** Why it is pinned. */
  readonly because?: string;
  /** When it was read back and found whole, or what was found wrong. */
  readonly verifiedAt?: number;
  readonly problem?: string;
  /** The backup of which this one is a second name, after a restore. */
  readonly restoredFrom?: string;
  readonly path: string;
  /** Addresses of its copies in stores. */
  readonly copies?: readonly string[];
}

/** The answer of `backups`: newest first. */
export interface BackupsResult {
  readonly servers: readonly ServerBackups[];
}

export interface ServerBackups {
  readonly serverId: string;
  /** Nothing but its backups is left of this server. */
  readonly isGone?: true;
  readonly backups: readonly BackupView[];
}

/** The answer of the commands about one backup, as it is afterwards. */
export interface OneBackupResult {
  readonly serverId: string;
  readonly backup: BackupView;
  /** It was so before, and nothing had to be done. */
  readonly already?: true;
  /** For `verify`: how many files the world has, and their bytes. */
  readonly files?: number;
  readonly bytes?: number;
  /** For `backups get`: the file, its size and its SHA-256 in lower-case hex. */
  readonly file?: string;
  readonly size?: number;
  readonly sha256?: string;
}

/** The answer of `restore`: everything that was done. */
export interface RestoreResult {
  readonly serverId: string;
  /** The one that was chosen. */
  readonly backup: BackupView;
  /** The newest one now, from which the server goes on: the same one under a new name, or just that one. */
  readonly newest: BackupView;
  /** The newest backup of the world before, which is pinned. */
  readonly present?: BackupView;
  /** Where the world before is set aside, if the stop wrote no backup of it, and why. */
  readonly parked?: string;
  readonly backupFailed?: { readonly code: ErrorCode; readonly message: string };
  /** The server ran and was stopped. */
  readonly wasStopped: boolean;
  /** The server's state at the time of the answer. */
  readonly state: string;
  readonly port?: number;
  /** The world is restored, and the server could not be started: why. */
  readonly notStarted?: { readonly code: ErrorCode; readonly message: string };
}

/** A runner's answer to `choose`. `newest` is there where this very restore has been done already. */
export interface ChosenBackup {
  readonly backup: BackupView;
  readonly newest?: BackupView;
  readonly present?: BackupView;
}

export type CatalogueAnswer = BackupsResult | OneBackupResult | ChosenBackup;
