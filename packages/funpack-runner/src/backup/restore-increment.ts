import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PinkyError } from '@pinky/protocol';
import { noBase, openBase, type BaseName } from '../catalogue/find-base.js';
import { manifestBeside } from '../catalogue/read-manifest.js';
import { noManifest } from '../catalogue/verify.js';
import { WorldParts } from '../catalogue/world-parts.js';
import type { ArchiveFile } from '../store/archive-file.js';
import { ownKeys } from '../tar/pax.js';
import type { TarEntry } from '../tar/tar-entry.js';
import type { WorkContext } from '../task/work-context.js';
import { unpackEntries } from '../unpack/unpack.js';
import type { Unpacked, UnpackOptions } from '../unpack/unpack-options.js';

type OwnRecords = ReadonlyMap<string, string>;

/** An increment that is to be restored. */
export interface Increment {
  readonly archive: ArchiveFile;
  /** Its own words about itself. */
  readonly own: OwnRecords;
  /** Manifest and base lie beside this path. */
  readonly path: string;
}

/** Gets a file that lies beside an archive's address. Throws `not_found` where there is none. */
export type FetchBeside = (name: string, to: string) => Promise<void>;

/** The entries of an increment's whole world. They are to be closed, whether they were read or not. */
export interface IncrementWorld {
  readonly entries: AsyncIterable<TarEntry>;
  /** The size of both archives. */
  readonly archiveBytes: number;
  close(): Promise<void>;
}

/**
 * The world of an increment, put together with its base: never half of it. Throws `no_base` where its base is missing
 * or another one, and `bad_archive` where its manifest is.
 */
export async function incrementEntries({ archive, own, path }: Increment, work: WorkContext): Promise<IncrementWorld> {
  const manifest = manifestBeside(path, own);
  if (manifest === undefined) throw noManifest();
  const parts = await WorldParts.read(manifest, work.signal);
  const base = await openBase(path, baseOf(own), work);
  const label = 'unpack';
  return {
    entries: parts.entries(await base.entries(work, { label }), () => archive.entries(work, { label })),
    archiveBytes: archive.bytes + base.bytes,
    close: () => base.close(),
  };
}

/** Unpacks the world of an increment into `dir`. Throws as `incrementEntries`. */
export async function unpackIncrement(
  dir: string,
  increment: Increment,
  work: WorkContext,
  rights: Pick<UnpackOptions, 'limits' | 'rights' | 'linkRoot'>,
): Promise<Unpacked> {
  const world = await incrementEntries(increment, work);
  const { entries, archiveBytes } = world;
  try {
    return await unpackEntries(dir, async () => entries, { ...rights, archiveBytes, signal: work.signal });
  } finally {
    await world.close();
  }
}

/**
 * Gets manifest and base of an increment that came from elsewhere into a folder. Answers the path beside which they
 * are. Throws `no_base`, and `bad_archive` without a manifest.
 */
export async function fetchParts(
  address: string,
  own: OwnRecords,
  folder: string,
  fetch: FetchBeside,
): Promise<string> {
  await mkdir(folder);
  const base = baseOf(own);
  const manifest = fileName(own.get(ownKeys.manifest));
  const get = async (name: string, missing: () => PinkyError): Promise<void> => {
    try {
      await fetch(name, join(folder, name));
    } catch (failure) {
      throw failure instanceof PinkyError && failure.code === 'not_found' ? missing() : failure;
    }
  };
  if (manifest === undefined) throw noManifest();
  await get(manifest, noManifest);
  await get(base.archive, () => noBase(address, base, 'it is not beside it'));
  return join(folder, 'increment');
}

/** The base that an archive names. */
function baseOf(own: OwnRecords): BaseName {
  const archive = fileName(own.get(ownKeys.base));
  const sha256 = own.get(ownKeys.baseSha256);
  if (archive !== undefined && sha256 !== undefined) return { archive, sha256 };
  throw new PinkyError('bad_archive', 'it does not name its base as Pinky does');
}

/** A name in an archive leads to no other folder. */
const fileName = (name: string | undefined): string | undefined =>
  name !== undefined && /^[A-Za-z0-9_-][\w.-]{1,200}$/.test(name) ? name : undefined;
