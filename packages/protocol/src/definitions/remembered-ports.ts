import { readFileSync } from 'node:fs';
import { boxPaths } from '../box/box-paths.js';
import { hasFields } from '../has-fields.js';
import type { Definition } from './definition.js';

/** A port that a server has, or had when it ran last. */
export interface RememberedPort {
  readonly port: number;
  readonly serverId: string;
  /** It was given with the start. */
  readonly isFixed: boolean;
}

/** One entry for each port. A port that was given counts more than one that was only had; then the later one counts. */
export function portsOf(definitions: Iterable<Definition>): RememberedPort[] {
  const ports = new Map<number, RememberedPort & { readonly since: number }>();
  for (const { serverId, port, isPortFixed: isFixed = false, wantedSince: since } of definitions) {
    const known = port === undefined ? undefined : ports.get(port);
    const isLess = known && (known.isFixed === isFixed ? known.since > since : known.isFixed);
    if (port !== undefined && !isLess) ports.set(port, {
      port,
      serverId,
      isFixed,
      since,
    });
  }
  return [...ports.values()].map(({ since: _since, ...remembered }) => remembered);
}

/**
 * The ports of all servers of a box, as the queue process wrote them down: a worker that takes a port need not read
 * every definition. None if there is no such file yet.
 */
export function readRememberedPorts(home: string): RememberedPort[] {
  try {
    const ports: unknown = JSON.parse(readFileSync(boxPaths(home).rememberedPorts, 'utf8'));
    const isPort = (one: unknown): boolean =>
      hasFields(one, { port: 'number', serverId: 'string', isFixed: 'boolean' });
    return Array.isArray(ports) ? (ports.filter(isPort) as RememberedPort[]) : []; // `isPort` looked at each field
  } catch {
    return []; // no server has had a port yet
  }
}
