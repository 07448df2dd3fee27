import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { boxPaths, PinkyError, type Definition } from '@pinky/protocol';

export interface AskedPort {
  readonly home: string;
  readonly serverId: string;
  readonly port: number;
  readonly others: readonly Definition[];
}

/** Throws `port_taken`, naming the server that has the port or was given it. */
export function assertPortIsNobodys({ home, serverId, port, others }: AskedPort): void {
  const given = others.find((other) => other.serverId !== serverId && other.isPortFixed && other.port === port);
  const owner = given?.serverId ?? ownerOf(join(boxPaths(home).ports, String(port)));
  if (owner === undefined || owner === serverId) return;
  throw new PinkyError('port_taken', `server ${serverId} cannot have port ${port}: server ${owner} has it`, {
    details: { port, serverId: owner },
  });
}

/** The server whose worker claimed the port. */
function ownerOf(claim: string): string | undefined {
  try {
    return readFileSync(claim, 'utf8').trim();
  } catch {
    return undefined; // nobody has
  }
}
