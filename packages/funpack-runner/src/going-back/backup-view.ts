import { basename } from 'node:path';
import type { BackupView } from '@pinky/protocol';
import type { KnownBackup } from '../catalogue/list-backups.js';
import { isClean } from './choose-backup.js';
import { localText } from './moment.js';

/** A backup as people and programs see it. */
export function viewOf({ path, seconds, size, kind, note }: KnownBackup): BackupView {
  const { unchangedAt, base, pinnedUntil, because, verifiedAt, problem, restoredFrom, copies } = note ?? {};
  return {
    name: basename(path),
    seconds,
    when: localText(seconds * 1_000),
    ...(unchangedAt !== undefined && { unchangedAt }),
    size,
    kind,
    ...(base !== undefined && { base }),
    isClean: isClean({ ...(note && { note }) }),
    ...(note?.isUnclean && { isUnclean: true }),
    ...(note?.gaps?.incomplete && { isIncomplete: true }),
    ...(pinnedUntil !== undefined && { pinnedUntil }),
    ...(because !== undefined && { because }),
    ...(verifiedAt !== undefined && { verifiedAt }),
    ...(problem !== undefined && { problem }),
    ...(restoredFrom !== undefined && { restoredFrom }),
    path,
    ...(copies && { copies: Object.keys(copies) }),
  };
}
