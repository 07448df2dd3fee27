import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { archiveName, backupDir, manifestName } from '../../src/catalogue/backup-names.js';
import type { ManifestEnd, ManifestEntry } from '../../src/catalogue/manifest.js';
import { paxRecord } from '../../src/tar/pax.js';
import { archiveEnd, encodeHead, paddingOf } from '../../src/tar/tar-writer.js';
import { entryHead, rawEntry } from './tar-builder.js';

/** One path of a world that a test backs up by hand. Names are bytes. */
export interface Piece {
  readonly path: string;
  readonly type?: 'file' | 'directory' | 'symlink' | 'hardlink';
  readonly content?: string | Buffer;
  readonly linkname?: string;
  readonly mode?: number;
  readonly mtimeNs?: bigint;
  /** The content is in the base. */
  readonly inBase?: true;
}

export interface MadeBackup {
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
}

export interface MadeOptions {
  readonly seconds: number;
  readonly base?: MadeBackup;
  /** The lines of the manifest, where they are to say something else than the archive. */
  readonly listed?: readonly Piece[];
  readonly serverId?: string;
}

const letters = { file: 'f', directory: 'd', symlink: 'l', hardlink: 'h' } as const;

/** A backup as the catalogue describes it, written by other code than Pinky's. */
export function makeBackup(backupsDir: string, pieces: readonly Piece[], options: MadeOptions): MadeBackup {
  const { seconds, base, serverId = 's1', listed = pieces } = options;
  const kind = base ? 'incremental' : 'full';
  const dir = backupDir(backupsDir, serverId);
  const name = archiveName({ serverId, seconds, kind, format: 'lzo', isEncrypted: false });
  mkdirSync(dir, { recursive: true });
  const tar = Buffer.concat([
    globalHeader(manifestName(serverId, seconds), base),
    ...pieces.filter((piece) => piece.inBase !== true).map(entryOf),
    archiveEnd(),
  ]);
  const archive = execFileSync('lzop', ['-c'], { input: tar, maxBuffer: 1 << 30 });
  writeFileSync(join(dir, name), archive);
  const end: ManifestEnd = {
    end: 1,
    version: 1,
    archive: name,
    kind,
    ...(base && { base: { archive: base.name, sha256: base.sha256 } }),
    startedAt: seconds * 1000,
    files: listed.filter(({ type = 'file' }) => type === 'file').length,
    bytes: listed.reduce((sum, { content = '' }) => sum + content.length, 0),
  };
  writeFileSync(join(dir, manifestName(serverId, seconds)), manifestOf(listed, end));
  return { name, path: join(dir, name), sha256: createHash('sha256').update(archive).digest('hex') };
}

export const manifestOf = (pieces: readonly Piece[], end?: ManifestEnd): Buffer =>
  gzipSync([...pieces.map(lineOf), ...(end ? [end] : [])].map((line) => `${JSON.stringify(line)}\n`).join(''));

function globalHeader(manifest: string, base: MadeBackup | undefined): Buffer {
  const records = [
    paxRecord('PINKY.manifest', manifest),
    ...(base ? [paxRecord('PINKY.base', base.name), paxRecord('PINKY.base.sha256', base.sha256)] : []),
  ];
  return rawEntry({ path: 'pax_global_header', type: 'g', content: Buffer.concat(records) });
}

function entryOf({ path, type = 'file', content = '', linkname = '', mode = 0o644, mtimeNs = 0n }: Piece): Buffer {
  const bytes = Buffer.from(content);
  const head = encodeHead(entryHead({ path, type, size: bytes.length, linkname, mode, mtimeNs }));
  return Buffer.concat([head, bytes, Buffer.alloc(paddingOf(bytes.length))]);
}

function lineOf(piece: Piece): ManifestEntry {
  const { path, type = 'file', content = '', linkname, mode = 0o644, mtimeNs = 0n, inBase } = piece;
  const bytes = Buffer.from(content);
  return {
    p: path,
    t: letters[type],
    m: mode,
    ...(linkname !== undefined && { l: linkname }),
    ...(type === 'file' && {
      s: bytes.length,
      mt: String(mtimeNs),
      h: createHash('sha256').update(bytes).digest('hex'),
    }),
    ...(inBase && { b: 1 as const }),
  };
}
