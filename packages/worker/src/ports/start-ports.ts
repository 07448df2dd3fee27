import type { Funpack } from '@pinky/funpack-runner/light';
import type { StartOrder } from '@pinky/protocol';
import type { GameServer } from '../life/game-server.js';
import type { KeptRecord } from '../record/kept-record.js';
import type { ServerRecord, StartPort } from '../record/server-record.js';
import type { Ports } from './port-pool.js';
import { areFree, takePorts, type ServerPorts } from './server-ports.js';

/** The ports of one server's starts: takes them, and looks at them again before the launch. */
export class StartPorts {
  constructor(private readonly server: Pick<GameServer, 'serverId' | 'record'>, private readonly ports: Ports) {}

  /** The port that was given, or the one it had (a lost record says 0), unless another has it. Throws `port_taken`. */
  first(start: StartOrder, before: number | undefined): StartPort {
    const { server: { serverId }, ports } = this;
    if (start.isPortFixed && start.port !== undefined) return { port: ports.takeThis(serverId, start.port) };
    if (before !== undefined && ports.isFree(before)) return { port: before };
    if (before !== undefined) ports.release(serverId, before);
    const wish = before ?? start.port;
    const port = ports.take(serverId, wish);
    return { port, ...(wish !== undefined && wish !== port && { portWas: wish }) };
  }

  /** For a restart, before its game is ended. Throws `port_taken` if the port that it was given is another's. */
  assertFree({ port, isPortFixed }: StartOrder): void {
    const { server: { serverId, record: { now } }, ports } = this;
    const own = [now?.port, ...Object.values(now?.ports ?? {})];
    if (isPortFixed && port !== undefined && !own.includes(port)) ports.assertFree(serverId, port);
  }

  /** Takes the ports that the funpack names, and writes down what it got. Throws `port_taken`. */
  take({ manifest: { ports: named = {} } }: Funpack): ServerPorts {
    const { server: { serverId, record } } = this;
    const { start, port, portWas, ports: had } = recordOf(record);
    if (Object.keys(named).length === 0 && had === undefined) return { port, ports: {} };
    const isFixed = start.isPortFixed === true;
    const taken = takePorts(this.ports, { serverId, port, isFixed, named });
    record.change({ ...taken, ...(taken.port !== port && { portWas: portWas ?? port }) });
    this.areRecorded();
    return taken;
  }

  /**
   * Looks at the ports once more, now that the game is about to be launched: the preparation may have taken long. If
   * another program has one by now, the server is given others and has to be prepared again. Throws `port_taken` where
   * the port was given.
   */
  haveMoved({ manifest }: Funpack): boolean {
    const { record } = this.server;
    const now = recordOf(record);
    if (areFree(this.ports, now, manifest.ports)) return false;
    const { port, portWas } = this.first(now.start, now.port);
    record.change({ port, ...(portWas !== undefined && { portWas }) });
    this.areRecorded();
    return true;
  }

  /** The ports that the server has are in its record now. */
  areRecorded(): void {
    this.ports.settle(this.server.serverId);
  }
}

/** The record of a start that is under way: nothing takes it away meanwhile. */
export function recordOf({ now }: KeptRecord): ServerRecord {
  if (!now) throw new Error('a start that is under way has no record');
  return now;
}
