import { closeSync, constants, fstatSync, linkSync, openSync, rmSync, statSync, writeSync, type Stats } from 'node:fs';
import { errnoOf } from '@pinky/protocol/base';
import { periodName, periodStart } from './calendar.js';
import type { LogSink } from './log-sink.js';
import { createBeside, defaultRotation, rotate, shiftBySize, type Rotation } from './rotation.js';

export interface LogFileOptions {
  readonly path: string;
  readonly rotation?: Partial<Rotation>;
  /** Rights of a new file, before the umask. Default 0o666, so 0644 with the usual umask. */
  readonly mode?: number;
  /** First line of every file that is created, with its line break. Default none. */
  readonly header?: () => string;
  /** What is written first once writing works again: a line that says how many records are missing. */
  readonly missingLine?: (count: number) => string;
  /** Wall clock, milliseconds since 1970: decides the calendar's periods. */
  readonly now?: () => number;
}

/** After a rotation that could not be done, how long none is tried: the file grows meanwhile, nothing is lost. */
const rotationRestMs = 10_000;

/**
 * A log file that many processes append to and any of them rotates, without a lock on the way of a record.
 *
 * Every record is one write(2) to a descriptor opened with O_APPEND, so the kernel keeps records whole and apart.
 * Before it the path is looked at: where another file is there by now (rotated, or renamed by hand), the descriptor
 * follows. After it the descriptor is looked at: a file without a name left has been rotated away to its end while we
 * were between the two (stopped, say), and the record is written again. A record that meets a rotation is thus in the
 * old or the new file.
 */
export class LogFile implements LogSink {
  private fd: number | undefined;
  private inode = 0;
  private period = 0;
  private missing = 0;
  private isTorn = false;
  private restsUntil = 0;
  private readonly rotation: Rotation;

  /** Opens or creates the file; throws the system's error where that fails. Nothing throws later. */
  constructor(private readonly options: LogFileOptions) {
    this.rotation = { ...defaultRotation, ...options.rotation };
    this.open();
  }

  get path(): string {
    return this.options.path;
  }

  /** Records that could not be written since the last one that could. */
  get missingRecords(): number {
    return this.missing;
  }

  /** Appends a whole record, line break included. Where the disk is full or the file gone for good, it is counted. */
  append(text: string): void {
    try {
      this.follow();
      this.write(text);
      while (this.fd !== undefined && fstatSync(this.fd).nlink === 0) {
        this.open();
        this.write(text);
      }
    } catch {
      this.missing += 1; // ENOSPC, EIO, EROFS, a directory taken away …: said by `missingLine` once writing works again
    }
  }

  /** Opens the path again, creating it where it is missing: after an outside rename (USR2). */
  reopen(): void {
    try {
      this.open();
    } catch {
      // the next record tries again, and is counted if that fails
    }
  }

  close(): void {
    if (this.fd !== undefined) closeSync(this.fd);
    this.fd = undefined;
  }

  private write(text: string): void {
    const notice = this.missing > 0 ? (this.options.missingLine?.(this.missing) ?? '') : '';
    const bytes = Buffer.from(`${this.isTorn ? '\n' : ''}${notice}${text}`);
    const written = writeSync(this.fd ?? this.open(), bytes);
    this.isTorn = written < bytes.length && written > 0;
    if (written < bytes.length) throw new Error(`${this.path}: no space for the whole record`);
    this.missing = 0;
  }

  /** Rotates where that is due and makes sure that the descriptor is that of the file at the path. */
  private follow(): void {
    const there = statSync(this.path, { throwIfNoEntry: false });
    if (!there || this.fd === undefined || there.ino !== this.inode) this.open();
    else if (this.isDue(there.size)) this.rotate();
  }

  private isDue(size: number): boolean {
    const { generations, sizeBytes } = this.rotation;
    if (typeof generations === 'string') return periodStart(generations, this.now()) > this.period;
    return generations > 0 && size > sizeBytes;
  }

  private rotate(): void {
    const { generations } = this.rotation;
    const now = this.now();
    if (now < this.restsUntil) return;
    const outcome = rotate({
      path: this.path,
      header: this.options.header?.() ?? '',
      isDue: (size) => this.isDue(size),
      shift: (keep) =>
        typeof generations === 'string'
          ? keep(periodName(this.path, generations, now))
          : shiftBySize(this.path, generations, keep),
    });
    if (outcome === 'busy' || outcome === 'unavailable') this.restsUntil = now + rotationRestMs;
    else this.open();
  }

  private open(): number {
    this.close();
    if (!statSync(this.path, { throwIfNoEntry: false })) this.create();
    const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT;
    const fd = openSync(this.path, flags, this.mode);
    const stat = fstatSync(fd);
    this.fd = fd;
    this.inode = stat.ino;
    this.period = this.periodOf(stat);
    return fd;
  }

  /** A file with a header appears whole, or another process's file is there: link(2) replaces nothing. */
  private create(): void {
    const header = this.options.header?.();
    if (header === undefined) return;
    const fresh = createBeside(this.path, header, this.mode);
    try {
      linkSync(fresh, this.path);
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    } finally {
      rmSync(fresh, { force: true });
    }
  }

  /** A file belongs to the period of its last record, so that a restart on the next day rotates it. */
  private periodOf(stat: Stats): number {
    const { generations } = this.rotation;
    if (typeof generations === 'number') return 0;
    const isNew = stat.size <= (this.options.header?.() ?? '').length;
    return periodStart(generations, isNew ? this.now() : stat.mtimeMs);
  }

  private get mode(): number {
    return this.options.mode ?? 0o666;
  }

  private now(): number {
    return (this.options.now ?? Date.now)();
  }
}
