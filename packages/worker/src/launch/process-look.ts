import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { readStat, type ProcessStat } from '@pinky/supervisor/identity';

/** A stat line is shorter than the first. A longer environment is read piece by piece. */
const statBytes = 512;
const pieceBytes = 16 * 1024;

/**
 * One process, while all are looked through. A stop looks at every process of the machine, on a box that may run
 * hundreds, and its sender waits for the answer. So only the part that the question needs is read and parsed, into one
 * buffer: 250 processes take 3 ms, where `readFileSync` took 13.
 */
class LookedAt {
  constructor(readonly pid: number, private readonly buffer: Buffer) {}

  /** Whether it is alive, and in this process group or session. */
  isOf(leader: number): boolean {
    const bytes = readInto(this.buffer, `/proc/${this.pid}/stat`, statBytes, 0);
    const text = this.buffer.toString('latin1', 0, bytes);
    // proc_pid_stat(5): the name may hold anything, also parentheses; after it come state, parent, group and session.
    const [state, , group, session] = text.slice(text.lastIndexOf(')') + 2).split(' ', 4);
    return (
      state !== undefined && state !== 'Z' && state !== 'X' && (Number(group) === leader || Number(session) === leader)
    );
  }

  /**
   * Whether its environment holds `needle`, an assignment with the zero byte that ends it. A zombie has no environment.
   */
  hasInEnvironment(needle: Buffer): boolean {
    const path = `/proc/${this.pid}/environ`;
    for (let offset = 0; ;) {
      const bytes = readInto(this.buffer, path, pieceBytes, offset);
      const piece = this.buffer.subarray(0, bytes);
      for (let at = piece.indexOf(needle); at >= 0; at = piece.indexOf(needle, at + 1)) {
        if (offset + at === 0 || (at > 0 && piece[at - 1] === 0)) return true;
      }
      if (bytes < pieceBytes) return false;
      offset += bytes - needle.length; // text across the edge of two pieces is whole in the second
    }
  }

  get stat(): ProcessStat | undefined {
    return readStat(this.pid);
  }
}

/** The processes that `isWanted` picks. A process that vanishes while it is looked at is passed over. */
export function lookThroughProcesses(isWanted: (process: LookedAt) => boolean): ProcessStat[] {
  const buffer = Buffer.allocUnsafe(pieceBytes);
  const found: ProcessStat[] = [];
  for (const name of readdirSync('/proc')) {
    const pid = name >= '1' && name <= '9~' ? Number(name) : 0;
    if (pid <= 1 || pid === process.pid) continue;
    const one = new LookedAt(pid, buffer);
    const stat = isWanted(one) ? one.stat : undefined;
    if (stat && stat.state !== 'Z' && stat.state !== 'X') found.push(stat);
  }
  return found;
}

/** The number of bytes read. 0 if the file cannot be read: its process is gone, or belongs to somebody else. */
function readInto(buffer: Buffer, path: string, length: number, offset: number): number {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return 0;
  }
  try {
    return readSync(fd, buffer, 0, length, offset);
  } catch {
    return 0; // ESRCH: it ended between the two calls
  } finally {
    closeSync(fd);
  }
}
