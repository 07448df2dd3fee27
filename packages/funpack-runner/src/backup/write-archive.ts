import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { PinkyError } from '@pinky/protocol';
import { BlockPool } from '../archive/block-pool.js';
import { encode } from '../archive/encode.js';
import type { BackupFormat } from '../catalogue/backup-names.js';
import type { Ledger } from '../increment/ledger.js';
import type { PackCount } from '../pack/pack-count.js';
import { packBlocks } from '../pack/pack.js';
import type { WorkContext } from '../task/work-context.js';
import { itemsAgain, worldItems, type World } from './world-items.js';

export interface ArchiveOrder {
  /** Where it is written. */
  readonly part: string;
  readonly world: World;
  readonly ledger: Ledger;
  /** Stands before everything else. */
  readonly start: Buffer;
  readonly format: BackupFormat;
  /** Asked when everything is packed: whether the archive is of any use. If not, what it answers says nothing. */
  readonly isWanted: () => boolean;
}

export interface Written {
  readonly size: number;
  readonly sha256: string;
  readonly files: number;
}

/** Packs a world. The archive is on the disk when this resolves, if it is wanted. Throws `cancelled`. */
export async function writeArchive(order: ArchiveOrder, work: WorkContext): Promise<Written> {
  const { world, ledger, start } = order;
  const { signal } = work;
  const count: PackCount = { files: 0, bytes: 0 };
  const pool = new BlockPool();
  const { isWanted } = order;
  const packed = packBlocks({
    items: () => worldItems(world),
    again: (paths) => itemsAgain(world, paths),
    rootPath: world.rootPath,
    count,
    gaps: world.gaps,
    ledger,
    start,
    isWanted,
    pool,
    signal,
  });
  const blocks = await begun(packed);
  if (!blocks) return { size: 0, sha256: '', files: count.files };
  const { chunks, sum } = encode(blocks, order.format, work.codec, pool);
  let size = 0;
  const fd = openSync(order.part, 'w', 0o600);
  try {
    for await (const chunk of chunks) {
      if (signal.aborted) throw new PinkyError('cancelled', 'the backup was cancelled');
      for (let done = 0; done < chunk.length;) done += writeSync(fd, chunk, done);
      size += chunk.length;
      work.onProgress({ label: 'backup', done: count.bytes });
    }
    if (isWanted()) fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  return { size, sha256: await sum.digest(), files: count.files };
}

/** Undefined where nothing comes: no thread is started for it, and no file is written. */
async function begun(blocks: AsyncGenerator<Buffer>): Promise<AsyncIterable<Buffer> | undefined> {
  const first = await blocks.next();
  if (first.done) return undefined;
  return (async function* () {
    yield first.value;
    yield* blocks;
  })();
}
