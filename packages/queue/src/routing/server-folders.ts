import { readdirSync } from 'node:fs';
import { isServerId } from '@pinky/protocol';

/** The ids of all servers that have a folder. */
export function serverFolders(servers: string): string[] {
  try {
    return readdirSync(servers, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && isServerId(entry.name))
      .map((entry) => entry.name);
  } catch {
    return []; // no server was ever started here
  }
}
