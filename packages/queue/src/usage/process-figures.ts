import { readFileSync } from 'node:fs';

/** The costs of one process. */
export interface ProcessFigures {
  /** Percent of one core since the look before. At the first look: since the process began. */
  readonly cpu: number;
  /** Resident memory, bytes. */
  readonly memory: number;
}

/** Clock ticks a second in /proc (USER_HZ of Linux, sysconf(3)), and the size of a page, bytes. */
const ticksPerSecond = 100;
const pageBytes = 4096;

interface ProcessLook {
  readonly startTime: number;
  readonly ticks: number;
  readonly atSeconds: number;
}

/** Figures of processes from /proc/<pid>/stat (proc_pid_stat(5)). Opens nothing for longer than a look. */
export class ProcessMeter {
  #last = new Map<number, ProcessLook>();

  /**
   * Figures by pid. A process that is gone has none. They are read synchronously, because the thread pool would take
   * five times as much CPU.
   */
  figures(pids: Iterable<number>): Map<number, ProcessFigures> {
    const atSeconds = Number.parseFloat(readFileSync('/proc/uptime', 'latin1'));
    const looks = new Map<number, ProcessLook>();
    const figures = new Map<number, ProcessFigures>();
    for (const pid of pids) {
      const stat = statOf(pid);
      if (!stat) continue;
      const look = { startTime: stat.startTime, ticks: stat.ticks, atSeconds };
      looks.set(pid, look);
      figures.set(pid, { cpu: this.#cpu(look, this.#last.get(pid)), memory: stat.pages * pageBytes });
    }
    this.#last = looks;
    return figures;
  }

  #cpu(now: ProcessLook, last: ProcessLook | undefined): number {
    const isSame = last?.startTime === now.startTime; // or a pid that was given to another process
    const ticks = isSame ? now.ticks - last.ticks : now.ticks;
    const seconds = now.atSeconds - (isSame ? last.atSeconds : now.startTime / ticksPerSecond);
    return seconds > 0 ? (ticks / ticksPerSecond / seconds) * 100 : 0;
  }
}

/** Fields 14, 15, 22 and 24. Undefined if there is no such process. The name in field 2 may hold anything. */
function statOf(pid: number): { ticks: number; startTime: number; pages: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ').map(Number);
    const [user = 0, system = 0, startTime = 0, pages = 0] = [fields[11], fields[12], fields[19], fields[21]];
    return { ticks: user + system, startTime, pages };
  } catch {
    return undefined; // it ended meanwhile
  }
}
