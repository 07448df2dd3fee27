import { suggest } from '../config/suggest.js';
import { serversOnDisk } from './disk.js';

/**
 * `; did you mean first?` where nothing is known of a server and the name of another one is near. Names that differ in
 * their digits only are no typing errors: `1001` is as good a server as `1002`.
 */
export function meantServer(servers: string, serverId: string): string {
  const known = serversOnDisk(servers).map((server) => server.serverId);
  if (known.includes(serverId)) return '';
  const shape = (id: string): string => id.replaceAll(/\d+/g, '#');
  const near = suggest(serverId, known.filter((id) => shape(id) !== shape(serverId)));
  return near === undefined ? '' : `; did you mean ${near}?`;
}
