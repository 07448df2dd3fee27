import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { trySignal } from '@pinky/supervisor/identity';

/** How much memory a cgroup uses. */
export interface MemoryFigures {
  /** Without files that the kernel can drop. */
  readonly usedBytes: number;
  readonly limitBytes?: number;
  /** The most that it has used, with such files. */
  readonly peakBytes?: number;
  /** How many of its processes the kernel has ended for want of memory. */
  readonly endedByKernel: number;
}

/** How often its members are looked at after they were killed. A look takes 10 µs, and a death about a millisecond. */
const mostLooks = 300;
/** How often all are killed again that are left. A dying process may still have made another. */
const mostRounds = 20;

/** The cgroup of one launch, by its folders: one in each hierarchy that the game has joined. */
export class Cgroup {
  /** The folder that tells which processes belong to it: one that can end all of them at once, if there is one. */
  readonly #members: string | undefined;
  readonly #memory: string | undefined;

  constructor(readonly folders: readonly string[]) {
    const having = (file: string): string | undefined => folders.find((folder) => existsSync(join(folder, file)));
    this.#members = having('cgroup.kill') ?? having('freezer.state') ?? having('cgroup.procs');
    this.#memory = having('memory.stat');
  }

  /** Whether it is there, so that it can tell what belongs to it. */
  get exists(): boolean {
    return this.#members !== undefined;
  }

  /** The processes that belong to it, wherever they hide. Those that are dead and not yet reaped are not among them. */
  get pids(): readonly number[] {
    const text = this.#members === undefined ? '' : textOf(join(this.#members, 'cgroup.procs'));
    return text.split('\n').flatMap((line) => (Number(line) > 0 ? [Number(line)] : []));
  }

  /**
   * Kills everything in it, and waits a few milliseconds for that. By `cgroup.kill`, no process escapes by a fork; on
   * v1 they are frozen meanwhile. True if nothing is left.
   */
  kill(): boolean {
    for (let round = 0; round < mostRounds; round++) {
      const { pids } = this;
      if (pids.length === 0) return true;
      if (pids.includes(process.pid)) return false; // never ourselves, whatever the files say
      this.#killOnce(pids);
      for (let look = 0; look < mostLooks; look++) if (this.pids.length === 0) return true;
    }
    return this.pids.length === 0;
  }

  #killOnce(pids: readonly number[]): void {
    const folder = this.#members ?? '';
    if (wrote(join(folder, 'cgroup.kill'), '1')) return;
    const freezer = join(folder, 'freezer.state');
    const isFrozen = existsSync(freezer) && wrote(freezer, 'FROZEN');
    for (const pid of isFrozen ? this.pids : pids) trySignal(pid, 'SIGKILL');
    if (isFrozen) wrote(freezer, 'THAWED'); // KILL reaches a frozen process only then
  }

  /** How much processor time everything in it has used, milliseconds. Undefined if nothing counts that. */
  get cpuMs(): number | undefined {
    for (const folder of this.folders) {
      const micros = fields(join(folder, 'cpu.stat')).get('usage_usec'); // v2, also without a controller
      if (micros !== undefined) return micros / 1_000;
      const nanos = numberIn(join(folder, 'cpuacct.usage'));
      if (nanos !== undefined) return nanos / 1_000_000;
    }
    return undefined;
  }

  /** Undefined if its memory is not counted. */
  get memory(): MemoryFigures | undefined {
    const folder = this.#memory;
    if (folder === undefined) return undefined;
    return existsSync(join(folder, 'memory.current')) ? ofV2(folder) : ofV1(folder);
  }
}

function ofV2(folder: string): MemoryFigures | undefined {
  const stat = fields(join(folder, 'memory.stat'));
  const current = numberIn(join(folder, 'memory.current'));
  if (current === undefined) return undefined;
  return figures({
    used: current - (stat.get('file') ?? 0) + (stat.get('shmem') ?? 0),
    limit: numberIn(join(folder, 'memory.max')),
    peak: numberIn(join(folder, 'memory.peak')),
    ended: fields(join(folder, 'memory.events')).get('oom_kill'),
  });
}

function ofV1(folder: string): MemoryFigures | undefined {
  const stat = fields(join(folder, 'memory.stat'));
  const current = numberIn(join(folder, 'memory.usage_in_bytes'));
  if (current === undefined) return undefined;
  return figures({
    used: current - (stat.get('total_cache') ?? 0) + (stat.get('total_shmem') ?? 0),
    limit: numberIn(join(folder, 'memory.limit_in_bytes')),
    peak: numberIn(join(folder, 'memory.max_usage_in_bytes')),
    ended: fields(join(folder, 'memory.oom_control')).get('oom_kill'),
  });
}

/** A v1 cgroup without a limit has one of nearly 2^63. */
const noLimit = 2 ** 60;

function figures({ used, limit, peak, ended }: {
  readonly used: number;
  readonly limit: number | undefined;
  readonly peak: number | undefined;
  readonly ended: number | undefined;
}): MemoryFigures {
  return {
    usedBytes: Math.max(0, used),
    endedByKernel: ended ?? 0,
    ...(limit !== undefined && limit < noLimit && { limitBytes: limit }),
    ...(peak !== undefined && { peakBytes: peak }),
  };
}

/** Lines of a name and a number. */
function fields(path: string): ReadonlyMap<string, number> {
  const lines = textOf(path).split('\n').map((line) => line.split(' '));
  return new Map(lines.map(([name = '', value]) => [name, Number(value)]));
}

function numberIn(path: string): number | undefined {
  const text = textOf(path).trim();
  return /^\d+$/.test(text) ? Number(text) : undefined; // `max` is no number
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // it was removed
  }
}

function wrote(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'r+' });
    return true;
  } catch {
    return false; // there is no such file
  }
}
