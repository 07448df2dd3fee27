import { readFile, statfs } from 'node:fs/promises';
import { cpus } from 'node:os';

const mebibyte = 1024 * 1024;

/** The free space that an ordinary user may use on the file system that holds `path`, megabytes. */
export async function freeDiskMb(path: string): Promise<number> {
  const fs = await statfs(path);
  return Math.floor((fs.bavail * fs.bsize) / mebibyte);
}

/** The memory that new programs could use without swapping: `MemAvailable` of /proc/meminfo, megabytes. */
export async function freeRamMb(): Promise<number> {
  const available = /^MemAvailable:\s+(\d+) kB/m.exec(await readFile('/proc/meminfo', 'utf8'))?.[1];
  return Math.floor(Number(available ?? 0) / 1024);
}

/** The percentage of all cores that was idle since the last call. */
export class IdleCpu {
  #last = total();

  percent(): number {
    const now = total();
    const all = now.all - this.#last.all;
    const idle = now.idle - this.#last.idle;
    this.#last = now;
    return all <= 0 ? 100 : Math.round((idle / all) * 1000) / 10;
  }
}

function total(): { all: number; idle: number } {
  let all = 0;
  let idle = 0;
  for (const { times } of cpus()) {
    all += times.user + times.nice + times.sys + times.idle + times.irq;
    idle += times.idle;
  }
  return { all, idle };
}
