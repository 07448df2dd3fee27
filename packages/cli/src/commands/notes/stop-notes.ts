import type { CommandResult } from '@pinky/protocol';

/** The things about a stop that somebody should know: a final backup that failed, or that may be torn. */
export function stopNotes({ serverId, ended, backup, backupFailed, parked }: CommandResult): string[] {
  const where = parked === undefined ? '' : `; the world is in ${parked}, and the next start goes on with it`;
  return [
    ...(backupFailed ? [`warning: ${serverId} has no final backup: ${backupFailed.message}${where}`] : []),
    ...(backup && 'incomplete' in backup ? [`warning: the final backup may lack a part of the world${where}`] : []),
    ...(backup && 'isUnclean' in backup
      ? [`warning: the game ${ended?.how ?? 'did not end by itself'}, so the final backup may be torn`]
      : []),
  ];
}
