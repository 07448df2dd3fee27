import { assertServerId, type BackupsResult, type ServerBackups } from '@pinky/protocol';
import { dirname } from 'node:path';
import type { Action, Context } from '../../command-line/context.js';
import { formatSize } from '../../terminal/figures.js';
import { table } from '../../terminal/table.js';
import { askWithProgress } from '../../talk/ask-with-progress.js';
import { columns, rowOf } from './rows.js';

/** `pinky backups [id]`: the backups of a server, or of all that have some. */
export const backups: Action = async (context, [serverId]) => {
  if (serverId !== undefined) assertServerId(serverId);
  const result = await askWithProgress<BackupsResult>(context, 'backups', serverId === undefined ? {} : { serverId });
  context.out.answer(result, () =>
    result.servers.flatMap((server, at) => [...(at > 0 ? [''] : []), ...linesOf(context, server)]));
  if (result.servers.length === 0) context.out.note('no server has a backup');
};

function linesOf(context: Context, { serverId, isGone, backups: all }: ServerBackups): string[] {
  const { out } = context;
  const name = out.paint('strong', serverId);
  const [newest] = all;
  if (!newest) return [`${name} has no backup`];
  const total = formatSize(all.reduce((sum, { size }) => sum + size, 0));
  const gone = isGone ? ' (nothing but its backups is left of this server)' : '';
  return [
    `${name}${gone}: ${all.length} in ${out.foreign(dirname(newest.path))}, ${total}`,
    ...table(columns, all.map((backup) => rowOf(context, backup))),
    ...all.flatMap(({ seconds, problem, because, restoredFrom }) => [
      ...(problem === undefined ? [] : [out.paint('bad', `${seconds} is damaged: ${out.foreign(problem)}`)]),
      ...(because === undefined ? [] : [`${seconds} is pinned: ${out.foreign(because)}`]),
      ...(restoredFrom === undefined ? [] : [`${seconds} is ${restoredFrom} under a second name, after a restore`]),
    ]),
  ];
}
