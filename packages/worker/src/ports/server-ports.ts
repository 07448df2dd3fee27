import { PinkyError, type NamedPorts, type PortSpec } from '@pinky/protocol';
import type { Ports } from './port-pool.js';

/** All ports of one server. */
export interface ServerPorts {
  readonly port: number;
  readonly ports: NamedPorts;
}

/** The same in a record of a server that may be old, or that has no named ports. */
type SomePorts = Pick<ServerPorts, 'port'> & Partial<ServerPorts>;

/** The ports that a server has, and what it wants. */
export interface WantedPorts {
  readonly serverId: string;
  readonly port: number;
  /** It has this port or none. */
  readonly isFixed: boolean;
  readonly named: Readonly<Record<string, PortSpec>>;
}

/**
 * Takes the named ports of a server beside its own one. If they are not free there, the server moves to another port
 * whose neighbours are, unless it was given this one. Throws `port_taken` and `no_free_port`.
 */
export function takePorts(ports: Ports, { serverId, port, isFixed, named }: WantedPorts): ServerPorts {
  const tried = new Set<number>();
  for (let at = port; ; at = ports.take(serverId, undefined, tried)) {
    try {
      return { port: at, ports: ports.takeNamed(serverId, at, named) };
    } catch (error) {
      if (isFixed || !(error instanceof PinkyError) || error.code !== 'port_taken') throw error;
      tried.add(at);
    }
  }
}

/** Gives all ports of a server back. */
export function releaseAll(
  ports: Pick<Ports, 'release' | 'clear'>,
  serverId: string,
  have: Partial<ServerPorts> = {},
): void {
  const { port, ports: named = {} } = have;
  for (const one of [...(port === undefined ? [] : [port]), ...Object.values(named)]) ports.release(serverId, one);
  ports.clear(serverId);
}

/** The ports in a server's record; none if it has no record. Undefined for a record that was lost, whose port is 0. */
export function portsOfRecord(record: SomePorts | undefined): readonly number[] | undefined {
  if (!record) return [];
  return record.port === 0 ? undefined : [record.port, ...Object.values(record.ports ?? {})];
}

/** Whether nothing on the machine uses any of the server's ports. */
export const areFree = (
  ports: Pick<Ports, 'isFree'>,
  { port, ports: have = {} }: SomePorts,
  named: Readonly<Record<string, PortSpec>> = {},
): boolean =>
  ports.isFree(port) && Object.entries(have).every(([name, one]) => ports.isFree(one, named[name]?.protocol));
