import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { BoxConfig, Logger, Mask } from '@pinky/protocol';
import { isRunId } from '../run/run-id.js';
import { readRange } from './read-range.js';

/**
 * A console range is copied into a segment of the history when it has reached the first length. No segment is longer
 * than the second. Bytes.
 */
const segmentBytes = 1024 * 1024;
const mostSegmentBytes = 4 * segmentBytes;
/** Most segments in a server's history. Every run leaves at least one. */
const mostSegments = 500;
/** How many bytes are given back to the file system at once: a call of fallocate(1) is not free. */
const punchBytes = 4 * segmentBytes;
const copyBytes = 64 * 1024;

/** The limit of the history, or the usual one if the configuration does not say. */
export const historyBytesOf = ({
  consoleHistoryBytes = 64 * 1024 * 1024,
}: Pick<BoxConfig, 'consoleHistoryBytes'>): number => consoleHistoryBytes;

const segmentName = (run: string, offset: number): string => `${run}.${String(offset).padStart(12, '0')}.log`;

/** Where the history of a run ends: at the end of its last segment, or at 0. */
export function historyEnd(logDir: string, run: string): number {
  const last = segmentsOf(logDir).findLast((name) => name.startsWith(`${run}.`));
  return last === undefined
    ? 0
    : startOf(last, run) + statSync(join(logDir, last)).size;
}

/** The part of a run's history that ends at an offset of its console, and is no longer than `bytes`, if it is kept. */
export function historyBefore(logDir: string, run: string, offset: number, bytes: number): Buffer | undefined {
  const name = segmentsOf(logDir).findLast((each) => each.startsWith(`${run}.`) && startOf(each, run) < offset);
  if (name === undefined) return undefined;
  const end = offset - startOf(name, run);
  return readRange(join(logDir, name), Math.max(0, end - bytes), end);
}

const startOf = (segment: string, run: string): number => Number(segment.slice(run.length + 1, -'.log'.length));

function segmentsOf(logDir: string): string[] {
  try {
    return readdirSync(logDir).filter((name) => name.endsWith('.log') && isRunId(name.split('.')[0] ?? '')).toSorted();
  } catch {
    return []; // no history yet
  }
}

export interface ConsoleArchiveOptions {
  readonly console: string;
  readonly logDir: string;
  /** Where the segments go when the server goes down. A worker that comes after that must not write them again. */
  readonly keptDir: string;
  readonly run: string;
  /** How much of a server's history is kept, bytes: the newest segments. The last one always stays. */
  readonly keptBytes: () => number;
  /** Takes out what nobody is to read in the history. */
  readonly mask?: () => Mask;
  readonly log: Logger;
}

/**
 * Moves the parts of a run's console that have been dealt with into the history: plain-text segments, named for run and
 * offset. So a second attempt after a death changes nothing. Then the range is punched out of the console: its size
 * still grows, but its disk use does not (fallocate(2), FALLOC_FL_PUNCH_HOLE). If a full disk refuses a segment, the
 * console keeps it, and it is tried again with the next one.
 */
export class ConsoleArchive {
  /** Where the history ends. Undefined until somebody has looked. */
  #archived: number | undefined;
  #punched = 0;
  /** After a failed attempt, the size of the console at which the next attempt is worth it. */
  #retryAt = 0;

  constructor(private readonly options: ConsoleArchiveOptions) {}

  /** Archives whole segments up to `offset`, the start of a line. With `all`, it archives the rest as well. */
  archive(offset: number, all = false): void {
    if (!all && (offset < this.#retryAt || offset - (this.#archived ?? 0) < segmentBytes)) return;
    try {
      this.#archive(offset, all);
    } catch (error) {
      this.#retryAt = offset + segmentBytes;
      this.options.log.warn({ event: 'console.unarchived', console: this.options.console, error: String(error) });
    }
  }

  /** How much of the console can be given back now. Undefined while that is not worth a call. */
  punchable(publishedOffset: number): number | undefined {
    const end = Math.min(this.#archived ?? 0, publishedOffset);
    return end - this.#punched >= punchBytes ? end : undefined;
  }

  /** Gives everything before `offset` back to the file system, if the file system can do that. */
  punch(offset: number): Promise<void> {
    this.#punched = offset;
    return new Promise((resolve) => {
      execFile('fallocate', ['--punch-hole', '--offset', '0', '--length', String(offset), this.options.console], () =>
        resolve(),
      );
    });
  }

  #archive(offset: number, all: boolean): void {
    const { logDir, keptDir, run } = this.options;
    mkdirSync(logDir, { recursive: true });
    let archived = this.#archived ??= Math.max(historyEnd(logDir, run), historyEnd(keptDir, run));
    const before = archived;
    for (; offset - archived >= segmentBytes || (all && offset > archived); this.#archived = archived) {
      const end = Math.min(offset, archived + mostSegmentBytes);
      this.#copy(archived, end);
      archived = end;
    }
    if (archived > before) pruneSegments(logDir, this.options.keptBytes());
  }

  #copy(start: number, end: number): void {
    const target = join(this.options.logDir, segmentName(this.options.run, start));
    const beside = `${target}.tmp`;
    try {
      const mask = this.options.mask?.();
      if (mask && !mask.isEmpty) copyMasked(this.options.console, beside, { start, end, mask });
      else copyRange(this.options.console, beside, start, end);
      renameSync(beside, target);
    } catch (error) {
      rmSync(beside, { force: true });
      throw error;
    }
  }
}

/** Keeps the newest segments: so many bytes and so many files. The last one always stays. */
export function pruneSegments(logDir: string, keptBytes: number): void {
  let bytes = 0;
  for (const [age, name] of segmentsOf(logDir).toReversed().entries()) {
    const path = join(logDir, name);
    bytes += statSync(path).size;
    if (age >= mostSegments || (age > 0 && bytes > keptBytes)) rmSync(path, { force: true });
  }
}

/** A segment of a game with secrets, as long as it was: offsets in it are those of the console. */
function copyMasked(
  from: string,
  to: string,
  { start, end, mask }: { readonly start: number; readonly end: number; readonly mask: Mask },
): void {
  writeFileSync(to, mask.blacken(readRange(from, start, end)), { mode: 0o600 });
}

/** Throws ENOSPC if not all of it could be written. */
function copyRange(from: string, to: string, start: number, end: number): void {
  const source = openSync(from, 'r');
  const target = openSync(to, 'w', 0o600);
  const buffer = Buffer.allocUnsafe(copyBytes);
  try {
    for (let at = start; at < end;) {
      const bytes = readSync(source, buffer, 0, Math.min(buffer.length, end - at), at);
      if (bytes === 0) return; // somebody cut the file
      for (let done = 0; done < bytes;) done += writeSync(target, buffer, done, bytes - done);
      at += bytes;
    }
  } finally {
    closeSync(source);
    closeSync(target);
  }
}
