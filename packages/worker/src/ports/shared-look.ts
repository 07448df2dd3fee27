import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { systemClock, type Clock } from '@pinky/protocol';
import { bootId } from '@pinky/supervisor/identity';
import { portsInUse, type PortsInUse } from './ports-in-use.js';

/** A look at all ports of the machine serves the other workers of the box for this long, milliseconds. */
const freshMs = 2_000;

/** A look as it is in the file. */
interface WrittenLook {
  readonly boot: string;
  /** Milliseconds of the kernel's monotonic clock, which is the same for all processes and never jumps. */
  readonly at: number;
  readonly tcp: readonly number[];
  readonly udp: readonly number[];
  readonly closing: readonly number[];
}

/**
 * A look at all ports in use that the workers of a box share by a file: a hundred that start at once would each have
 * the kernel walk its whole tables. It is good for choosing among many ports. Whether the chosen one is free has to be
 * looked at by itself.
 */
export class SharedLook {
  /** Without a path nothing is shared. */
  constructor(
    private readonly path?: string,
    private readonly clock: Pick<Clock, 'now'> = systemClock,
    private readonly look: () => PortsInUse = portsInUse,
  ) {}

  /** As it was at some time in the last two seconds. */
  recent(): PortsInUse {
    return this.#read() ?? this.fresh();
  }

  /** As it is now. */
  fresh(): PortsInUse {
    const at = this.clock.now();
    const found = this.look();
    this.#write(at, found);
    return found;
  }

  /** Undefined if nobody has looked lately, or the file is cut short or not ours. */
  #read(): PortsInUse | undefined {
    if (this.path === undefined) return undefined;
    try {
      const written: unknown = JSON.parse(readFileSync(this.path, 'utf8'));
      if (!isLook(written) || written.boot !== bootId()) return undefined;
      const ageMs = this.clock.now() - written.at;
      if (!(ageMs >= 0 && ageMs < freshMs)) return undefined;
      return { tcp: new Set(written.tcp), udp: new Set(written.udp), closing: new Set(written.closing) };
    } catch {
      return undefined;
    }
  }

  /**
   * The file is replaced in one step. Two workers may write the next one at the same time: what they make of it is read
   * as no look, and a worker that is killed meanwhile leaves nothing that grows.
   */
  #write(at: number, { tcp, udp, closing }: PortsInUse): void {
    if (this.path === undefined) return;
    const look: WrittenLook = {
      boot: bootId(),
      at,
      tcp: [...tcp],
      udp: [...udp],
      closing: [...closing],
    };
    try {
      writeFileSync(`${this.path}.next`, JSON.stringify(look), { mode: 0o600 });
      renameSync(`${this.path}.next`, this.path);
    } catch {
      // a full disk, say: the next worker looks for itself
    }
  }
}

function isLook(value: unknown): value is WrittenLook {
  // The cast holds: each field is checked before it is used.
  const { boot, at, tcp, udp, closing } = (value ?? {}) as Partial<WrittenLook>;
  return typeof boot === 'string' && typeof at === 'number' && [tcp, udp, closing].every(arePorts);
}

const arePorts = (value: unknown): boolean => Array.isArray(value) && value.every(Number.isInteger);
