import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';

/** One entry of an archive that no honest program would write. */
export interface RawTarEntry {
  readonly path: string;
  readonly text?: string;
  readonly mode?: number;
  /** Makes it a symbolic link, or a hard link with `isHard`. */
  readonly link?: string;
  readonly isHard?: boolean;
}

const blockBytes = 512;

/** A ustar archive of exactly these entries, whatever their paths. */
export function tar(entries: readonly RawTarEntry[]): Buffer {
  return Buffer.concat([...entries.flatMap(blocks), Buffer.alloc(2 * blockBytes)]);
}

function blocks({ path, text = '', mode = 0o644, link, isHard = false }: RawTarEntry): Buffer[] {
  const body = Buffer.from(link === undefined ? text : '');
  const header = Buffer.alloc(blockBytes);
  header.write(path, 0, 100, 'latin1');
  header.write(octal(mode, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(body.length, 11), 124);
  header.write(octal(0, 11), 136);
  header.write(link === undefined ? '0' : isHard ? '1' : '2', 156);
  header.write(link ?? '', 157, 100, 'latin1');
  header.write('ustar\u000000', 257, 'latin1');
  header.write('        ', 148);
  header.write(octal(header.reduce((sum, byte) => sum + byte, 0), 6), 148);
  return [header, body, Buffer.alloc((blockBytes - (body.length % blockBytes)) % blockBytes)];
}

const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;

/** The data as the real lzop packs it. */
export function lzop(data: Buffer, scratch: string): Buffer {
  writeFileSync(scratch, data);
  execFileSync('lzop', ['-f', '-o', `${scratch}.lzo`, scratch]);
  const packed = readFileSync(`${scratch}.lzo`);
  for (const file of [scratch, `${scratch}.lzo`]) rmSync(file);
  return packed;
}
