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

  /** `part` is written, and takes the place of `path` when it is whole. */
  constructor(private readonly part: string, private readonly path: string) {}

  add(entry: ManifestEntry): void {
    this.#line(JSON.stringify(entry));
  }

  /** The manifest is whole, on the disk and in its place when this returns. */
  finish(end: ManifestEnd): void {
    this.#line(JSON.stringify(end));
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

  #line(text: string): void {
    this.#lines.push(text, '\n');
    this.#length += text.length + 1;
    if (this.#length >= memberLength) this.#write();
  }

  #write(): void {
    const packed = gzipSync(this.#lines.join(''), { level });
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
