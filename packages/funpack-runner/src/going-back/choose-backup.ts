import { basename } from 'node:path';
import { PinkyError, type BackupChoice } from '@pinky/protocol';
import { archiveName } from '../catalogue/backup-names.js';
import { asOf, type KnownBackup } from '../catalogue/list-backups.js';
import { remoteFolder } from '../remote/store-address.js';
import { localText, momentOf } from './moment.js';

/** Neither torn nor known to be damaged. */
export const isClean = ({ note }: Pick<KnownBackup, 'note'>): boolean =>
  note?.isUnclean !== true && note?.gaps?.incomplete !== true;

const isRestorable = (backup: KnownBackup): boolean => isClean(backup) && backup.note?.problem === undefined;

/**
 * The backup that is meant. `backups` are those of one server, oldest world first. Without a choice, it is the newest
 * one. Throws `no_world`, `not_found` or `bad_command`.
 */
export function chooseBackup(
  serverId: string,
  backups: readonly KnownBackup[],
  { which, at }: BackupChoice,
  now: number,
): KnownBackup {
  if (which !== undefined && at !== undefined) {
    throw new PinkyError('bad_command', 'a backup is named, or a time is given with `at`, but not both');
  }
  const newest = backups.at(-1);
  if (!newest) throw new PinkyError('no_world', `server ${serverId} has no backup`);
  if (at !== undefined) return atTime(serverId, backups, momentOf(at, now), at);
  if (which === undefined || which === 'latest') return newest;
  if (which === 'newest-clean') return newestClean(serverId, backups);
  return byName(serverId, backups, which);
}

/**
 * The one that `restore` takes without a choice. Throws `unclean_backup` where the newest may be torn, and names the
 * newest that is not: somebody has to choose between a torn world and an older one.
 */
export function chooseToRestore(
  serverId: string,
  backups: readonly KnownBackup[],
  choice: BackupChoice,
  now: number,
): KnownBackup {
  const chosen = chooseBackup(serverId, backups, choice, now);
  if (choice.which !== undefined || choice.at !== undefined || isRestorable(chosen)) return chosen;
  const clean = backups.findLast(isRestorable);
  const older = clean
    ? `the newest clean one is ${clean.seconds}, of ${localText(clean.seconds * 1_000)}: ` +
      `\`pinky restore ${serverId} newest-clean\` takes that`
    : 'there is no clean one';
  throw new PinkyError(
    'unclean_backup',
    `server ${serverId}: the newest backup (${chosen.seconds}, of ${localText(chosen.seconds * 1_000)}) ` +
      `${faultOf(chosen)}; ${older}, and ` +
      `\`pinky restore ${serverId} latest\` takes the newest${copyHint(chosen)}`,
    { details: { newest: chosen.seconds, ...(clean && { newestClean: clean.seconds }) } },
  );
}

function faultOf({ note }: KnownBackup): string {
  if (note?.problem !== undefined) return 'is damaged';
  return note?.isUnclean ? 'may be torn' : 'lacks a part of the world';
}

/** Where a copy of a damaged backup lies, and what starts from it. Empty for one that is whole, or has no copy. */
export function copyHint(backup: KnownBackup): string {
  const { serverId, note } = backup;
  const [store] = note?.problem === undefined ? [] : Object.keys(note?.copies ?? {});
  if (store === undefined) return '';
  const address = `${store}${remoteFolder(serverId)}/${archiveName(backup)}`;
  return `; a copy is in a store: \`pinky start ${serverId} --world ${address}\``;
}

function newestClean(serverId: string, backups: readonly KnownBackup[]): KnownBackup {
  const clean = backups.findLast(isRestorable);
  if (clean) return clean;
  throw new PinkyError('not_found', `server ${serverId} has no clean backup`);
}

/** The world of that time: of those that were written before it, the one that was last seen to be so. */
function atTime(serverId: string, backups: readonly KnownBackup[], moment: number, text: string): KnownBackup {
  const before = backups.filter(({ seconds }) => seconds * 1_000 <= moment);
  const seen = (backup: KnownBackup): number => Math.min(asOf(backup), moment);
  const [found] = before.toSorted((a, b) => seen(b) - seen(a) || b.seconds - a.seconds);
  if (found) return found;
  const oldest = Math.min(...backups.map(({ seconds }) => seconds));
  throw new PinkyError(
    'not_found',
    `server ${serverId} has no backup from before ${text} (${localText(moment)}); its oldest is of ` +
      localText(oldest * 1_000),
  );
}

const names = ({ path, seconds }: KnownBackup): readonly string[] => [String(seconds), basename(path)];

function byName(serverId: string, backups: readonly KnownBackup[], which: string): KnownBackup {
  const given = basename(which);
  const exact = backups.find((backup) => names(backup).includes(given));
  if (exact) return exact;
  const found = given === '' ? [] : backups.filter((backup) => names(backup).some((name) => name.startsWith(given)));
  const [only, ...others] = found;
  if (only && others.length === 0) return only;
  const shown = JSON.stringify(which.slice(0, 80));
  if (!only) {
    throw new PinkyError('not_found', `server ${serverId} has no backup ${shown}; \`pinky backups ${serverId}\` ` +
      'lists them; give a number, a name, `latest` or `newest-clean`, or a time with --at');
  }
  const list = found.slice(-5).map(({ seconds }) => seconds).join(', ');
  throw new PinkyError('bad_command', `${shown} is the beginning of ${found.length} backups: ${list}` +
    (found.length > 5 ? ' and others' : ''));
}
