import { closeSync, mkdirSync, openSync, readdirSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { isRunId } from '../record/run-id.js';

/** A console range becomes a segment of the history when it is this long, bytes. */
const segmentBytes = 1024 * 1024;
/** Segments that are kept per server: the newest. */
const segmentsKept = 20;
/** Bytes that are given back to the file system at once: a call of fallocate(1) is not free. */
const punchBytes = 4 * segmentBytes;

const segmentName = (run: string, offset: number): string => `${run}.${String(offset).padStart(12, '0')}.log`;

/** Where the history of a run ends: the end of its last segment, or 0. */
export function historyEnd(logDir: string, run: string): number {
  const last = segmentsOf(logDir).findLast((name) => name.startsWith(`${run}.`));
  return last === undefined ? 0 : Number(last.slice(run.length + 1, -'.log'.length)) + statSync(join(logDir, last)).size;
}

function segmentsOf(logDir: string): string[] {
  try {
    return readdirSync(logDir).filter((name) => name.endsWith('.log') && isRunId(name.split('.')[0] ?? '')).toSorted();
  } catch {
    return []; // no history yet
  }
}

/**
 * Moves what has been dealt with out of a run's console file: into plain-text segments of the history, named for run
 * and offset, so that doing it again after a death changes nothing; then the range is punched out of the console, whose
 * size grows while its disk use does not (fallocate(2), FALLOC_FL_PUNCH_HOLE).
 */
export class ConsoleArchive {
  #archived: number;
  #punched = 0;

  constructor(private readonly options: { readonly console: string; readonly logDir: string; readonly run: string }) {
    mkdirSync(options.logDir, { recursive: true });
    this.#archived = historyEnd(options.logDir, options.run);
  }

  /** Archives whole segments up to `offset`, the start of a line; with `all`, also what is left over. True where it did. */
  archive(offset: number, all = false): boolean {
    const before = this.#archived;
    while (offset - this.#archived >= segmentBytes) this.#copy(Math.min(offset, this.#archived + 4 * segmentBytes));
    if (all && offset > this.#archived) this.#copy(offset);
    if (this.#archived > before) this.#prune();
    return this.#archived > before;
  }

  /** How far the console can be given back now; undefined while that is not worth a call. */
  punchable(publishedOffset: number): number | undefined {
    const end = Math.min(this.#archived, publishedOffset);
    return end - this.#punched >= punchBytes ? end : undefined;
  }

  /** Gives everything before `offset` back to the file system. A file system that cannot is left as it is. */
  punch(offset: number): Promise<void> {
    this.#punched = offset;
    return new Promise((resolve) => {
      execFile('fallocate', ['--punch-hole', '--offset', '0', '--length', String(offset), this.options.console], () => resolve());
    });
  }

  #copy(end: number): void {
    const target = join(this.options.logDir, segmentName(this.options.run, this.#archived));
    const beside = `${target}.tmp`;
    try {
      copyRange(this.options.console, beside, this.#archived, end);
      renameSync(beside, target);
      this.#archived = end;
    } catch (error) {
      rmSync(beside, { force: true });
      throw error;
    }
  }

  #prune(): void {
    for (const name of segmentsOf(this.options.logDir).slice(0, -segmentsKept)) rmSync(join(this.options.logDir, name), { force: true });
  }
}

function copyRange(from: string, to: string, start: number, end: number): void {
  const source = openSync(from, 'r');
  const target = openSync(to, 'w', 0o600);
  const buffer = Buffer.allocUnsafe(256 * 1024);
  try {
    for (let at = start; at < end;) {
      const bytes = readSync(source, buffer, 0, Math.min(buffer.length, end - at), at);
      if (bytes === 0) return;
      writeSync(target, buffer, 0, bytes);
      at += bytes;
    }
  } finally {
    closeSync(source);
    closeSync(target);
  }
}
