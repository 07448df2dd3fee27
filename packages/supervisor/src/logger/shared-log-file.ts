import { closeSync, fstatSync, linkSync, rmSync, statSync, writeSync, type Stats } from 'node:fs';
import { errnoOf } from '@pinky/protocol/base';
import { openToAppend } from '../given-file/open-to-append.js';
import { periodName, periodStart } from './calendar.js';
import { logTarget, type LogSink } from './log-sink.js';
import { createBeside, defaultRotation, rotate, shiftBySize, type Rotation } from './rotation.js';

export interface SharedLogFileOptions {
  readonly path: string;
  readonly rotation?: Partial<Rotation>;
  /** Rights of a new file, before the umask. Default 0o666, which the usual umask makes 0644. */
  readonly mode?: number;
  /** First line of every new file, with its line break. Default: none. */
  readonly header?: () => string;
  /** A line that says how many records are missing. It is written as soon as writing works again. */
  readonly missingLine?: (count: number) => string;
  /** The wall clock, milliseconds since 1970. It decides the calendar's periods. */
  readonly now?: () => number;
}

/** Pause after a rotation that could not be done. Milliseconds. The file grows meanwhile, and nothing is lost. */
const rotationRestMs = 10_000;

/**
 * A log file that many processes append to and any of them rotates. No record waits for a lock.
 *
 * Each record is one write(2) to a descriptor opened with O_APPEND, so the kernel keeps records whole and apart. Before
 * the write we look at the path: if it names another file by now (rotated, or renamed by hand), we open that one. After
 * the write we look at the descriptor: if its file has no name left, it was rotated away to its end in between, and the
 * record is written again. So a record that meets a rotation is in the old file or in the new one.
 *
 * If the path is a link, the file it leads to is rotated, and the link stays. A pipe, a device, and a file below /dev,
 * /proc or /sys is only written to.
 */
export class SharedLogFile implements LogSink {
  private fd: number | undefined;
  /** The file itself, if the path is a link to it. */
  private file: string;
  private isOfSystem = false;
  private device = 0;
  private inode = 0;
  private period = 0;
  private missing = 0;
  private isTorn = false;
  private restsUntil = 0;
  private readonly rotation: Rotation;

  /**
   * Opens or creates the file. Throws the system's error if that fails, and ENXIO for a pipe that nobody reads. Nothing
   * throws later.
   */
  constructor(private readonly options: SharedLogFileOptions) {
    this.rotation = { ...defaultRotation, ...options.rotation };
    this.file = options.path;
    this.open();
  }

  get path(): string {
    return this.options.path;
  }

  /** How many records could not be written since the last one that could. */
  get missingRecords(): number {
    return this.missing;
  }

  /** Appends a whole record with its line break. Counts it if it cannot be written. */
  append(text: string): void {
    try {
      this.follow();
      this.write(text);
      while (!this.isOfSystem && this.fd !== undefined && fstatSync(this.fd).nlink === 0) {
        this.open();
        this.write(text);
      }
    } catch {
      this.missing += 1; // ENOSPC, EIO, EROFS, a removed directory …; `missingLine` will tell
    }
  }

  /** Opens the path again and creates a missing file: after an outside rename (USR2). */
  reopen(): void {
    try {
      this.open();
    } catch {
      // The next record tries again, and is counted if that fails.
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

  /** Rotates the file if that is due, and makes sure that the descriptor is that of the file at the path. */
  private follow(): void {
    if (this.isOfSystem) return;
    const there = statSync(this.path, { throwIfNoEntry: false });
    const isOurs = there?.ino === this.inode && there.dev === this.device;
    if (!there || this.fd === undefined || !isOurs) this.open();
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
      path: this.file,
      header: this.options.header?.() ?? '',
      isDue: (size) => this.isDue(size),
      shift: (keep) =>
        typeof generations === 'string'
          ? keep(periodName(this.file, generations, now))
          : shiftBySize(this.file, generations, keep),
    });
    if (outcome === 'busy' || outcome === 'unavailable') this.restsUntil = now + rotationRestMs;
    else this.open();
  }

  private open(): number {
    this.close();
    const target = logTarget(this.path);
    this.isOfSystem = 'stream' in target || target.isOfSystem;
    this.file = 'stream' in target ? this.path : target.path;
    if (!this.isOfSystem && !statSync(this.file, { throwIfNoEntry: false })) this.create();
    const fd = openToAppend(this.file, this.mode);
    const stat = fstatSync(fd);
    if (!stat.isFile()) this.isOfSystem = true; // a pipe or a device, wherever it is
    this.fd = fd;
    this.device = stat.dev;
    this.inode = stat.ino;
    this.period = this.periodOf(stat);
    return fd;
  }

  /** A file appears with its whole header, or another process's file is there: link(2) replaces nothing. */
  private create(): void {
    const header = this.options.header?.();
    if (header === undefined) return;
    const fresh = createBeside(this.file, header, this.mode);
    try {
      linkSync(fresh, this.file);
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    } finally {
      rmSync(fresh, { force: true });
    }
  }

  /** A file belongs to the period of its last record. So a restart on the next day rotates it. */
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
