import { isServerId, namesIn, serverPaths, type Logger } from '@pinky/protocol';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Releases the ports of servers that no longer exist. A claim is a file with the id of its server, and a server is a
 * folder. Call it only while no worker can be claiming a port.
 */
export function removeStalePorts(portsDir: string, servers: string, logger: Logger): void {
  for (const port of namesIn(portsDir)) {
    const file = join(portsDir, port);
    try {
      const id = readFileSync(file, 'utf8').trim();
      if (isServerId(id) && existsSync(serverPaths(servers, id).dir)) continue;
      rmSync(file, { force: true });
      logger.info({ event: 'port.released', port, serverId: id });
    } catch (error) {
      logger.warn({ event: 'port.unreadable', port, error: String(error) });
    }
  }
}

/** The ids of the servers that exist. Each of them needs a worker. */
export function existingServers(servers: string): readonly string[] {
  return namesIn(servers).filter((name) => isServerId(name) && isDirectory(serverPaths(servers, name).dir));
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false; // just removed
  }
}
