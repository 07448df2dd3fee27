import { isServerId, serverPaths, type Logger } from '@pinky/protocol';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Gives back the ports of servers that are no more: a claim is a file with a server's id, and a server is a folder.
 * Only to be called while no worker can be claiming one.
 */
export function removeStalePorts(portsDir: string, servers: string, logger: Logger): void {
  for (const port of entriesOf(portsDir)) {
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

/** The ids of the servers that exist: each needs a worker (what is no server id is none of ours). */
export function existingServers(servers: string): readonly string[] {
  return entriesOf(servers).filter((name) => isServerId(name) && isDirectory(serverPaths(servers, name).dir));
}

function entriesOf(dir: string): readonly string[] {
  try {
    return readdirSync(dir);
  } catch {
    return []; // not made yet
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false; // removed meanwhile
  }
}
