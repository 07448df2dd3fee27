import { suggest } from '@pinky/protocol';
import { serversIn } from './disk.js';

/**
 * `; did you mean first?` if the server is unknown and the name of another one is close. Names that differ only in
 * digits are not taken for typing errors: `1001` and `1002` are just two servers.
 */
export function meantServer(servers: string, serverId: string): string {
  const known = serversIn(servers);
  if (known.includes(serverId)) return '';
  const shape = (id: string): string => id.replaceAll(/\d+/g, '#');
  const near = suggest(serverId, known.filter((id) => shape(id) !== shape(serverId)));
  return near === undefined ? '' : `; did you mean ${near}?`;
}
