import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { ManifestEnd, ManifestEntry } from '../catalogue/manifest.js';

/** So much text is packed at once, as one member of the gzip file. */
const memberLength = 1 << 18;
const level = 1;

/** Writes a manifest beside its place. Its file is made when there is enough to write, and no later than at the end. */
export class ManifestWriter {
  #fd: number | undefined;
  #lines: string[] = [];
  #length = 0;
  #isHeld: boolean;

  /**
   * `part` is written, and takes the place of `path` when it is whole. `isHeld`: perhaps nothing of it is of any use,
   * so nothing is packed before `flow`.
   */
  constructor(private readonly part: string, private readonly path: string, isHeld: boolean) {
    this.#isHeld = isHeld;
  }

  add(entry: ManifestEntry): void {
    this.addLine(lineOf(entry));
  }

  addLine(line: string): void {
    this.#lines.push(line);
    this.#length += line.length;
    if (this.#length >= memberLength && !this.#isHeld) this.#write();
  }

  /** It is of use. */
  flow(): void {
    this.#isHeld = false;
  }

  /** The manifest is whole, on the disk and in its place when this returns. */
  finish(end: ManifestEnd): void {
    this.addLine(JSON.stringify(end));
    this.#write();
    if (this.#fd !== undefined) fsyncSync(this.#fd);
    this.#close();
    renameSync(this.part, this.path);
  }

  /** Nothing of it is left. */
  drop(): void {
    this.#lines = [];
    this.#close();
    rmSync(this.part, { force: true });
  }

  #write(): void {
    const packed = gzipSync(`${this.#lines.join('\n')}\n`, { level });
    this.#lines = [];
    this.#length = 0;
    this.#fd ??= openSync(this.part, 'w', 0o600);
    for (let done = 0; done < packed.length;) done += writeSync(this.#fd, packed, done);
  }

  #close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}

/** A file's line is put together by hand: that takes a tenth of the time. `isUntouched` compares its beginning. */
function lineOf(entry: ManifestEntry): string {
  if (entry.t !== 'f') return JSON.stringify(entry);
  const { x, h, b } = entry;
  return `${fileStart(entry)}${x === undefined ? '' : `,"x":"${x}"`},"h":"${h}"${b ? ',"b":1' : ''}}`;
}

/** The part of a file's line that stat(2) tells. */
export const fileStart = ({ p, m, s, d, i, mt, ct }: ManifestEntry): string =>
  `{"p":${JSON.stringify(p)},"t":"f","m":${m},"s":${s},"d":"${d}","i":"${i}","mt":"${mt}","ct":"${ct}"`;
