import { stepsInWords } from '@pinky/protocol';
import type { Context } from '../../command-line/context.js';
import { currentConfig } from '../../command-line/current-config.js';
import { knownServers, type KnownServer } from '../../known/known-servers.js';
import { playersCount } from '../../known/players-count.js';
import { formatDuration, formatSize } from '../../terminal/figures.js';
import { table } from '../../terminal/table.js';

/** `pinky ls`: every server that has a definition or a folder. */
export async function ls(context: Context): Promise<void> {
  const servers = await knownServers(context.home, await currentConfig(context));
  const now = context.clock.wallNow();
  context.out.answer({ servers }, () =>
    servers.length === 0
      ? ['no server is known; `pinky start <id> --funpack <source>` makes one']
      : table(
        ['ID', 'FUNPACK', 'WANTED', 'STATE', 'PORT', 'PLAYERS', 'BACKUP', 'DISK', 'NEXT'],
        servers.map((server) => row(context, server, now)),
      ),
  );
}

function row({ out }: Context, server: KnownServer, now: number) {
  const { serverId, funpack, wanted, state, port, newestBackup, diskBytes, nextSchedule: next } = server;
  return [
    out.paint('strong', serverId),
    out.foreign(funpack ?? ''),
    wanted ?? '',
    `${state}${server.appliesAtNextStart ? ' (changed)' : ''}${server.parked ? ', parked' : ''}`,
    port,
    playersCount(server),
    newestBackup === undefined ? 'none' : `${formatDuration(now - newestBackup)} ago`,
    formatSize(diskBytes),
    next && `${out.foreign(stepsInWords(next.do))} in ${formatDuration(Math.max(0, (next.next ?? now) - now))}`,
  ];
}
