import { assertServerId, type StatusResult } from '@pinky/protocol';
import type { Action } from '../../command-line/context.js';
import { QueueClient } from '../../talk/queue.js';
import { table } from '../../terminal/table.js';
import { list } from './server-commands.js';

/** `pinky players [id]`: who is connected, as the game itself says for one server, or as the queue knows for all. */
export const players: Action = async (context, [serverId], flags) => {
  if (serverId !== undefined) {
    assertServerId(serverId);
    return list(context, [serverId], flags);
  }
  const { out } = context;
  const result = await new QueueClient(context).boxCommand<StatusResult>('status', {});
  const servers = result.servers.flatMap((one) => ('players' in one ? [one] : []));
  const shown = servers.map(({ serverId: id, players: names, arePlayersUnknown }) =>
    ({ serverId: id, players: names, ...(arePlayersUnknown && { arePlayersUnknown }) }));
  const unknown = shown.flatMap(({ serverId: id, arePlayersUnknown }) => (arePlayersUnknown ? [id] : []));
  const rows = shown.flatMap(({ serverId: id, players: names }) => names.map((name) => [id, out.foreign(name)]));
  out.answer({ servers: shown }, () => (rows.length === 0 ? [] : table(['SERVER', 'PLAYER'], rows)));
  if (rows.length === 0 && unknown.length === 0) out.note('nobody is connected');
  if (unknown.length > 0) out.note(`nobody can know who is connected to ${unknown.join(', ')}: no funpack tells it`);
  return 0;
};
