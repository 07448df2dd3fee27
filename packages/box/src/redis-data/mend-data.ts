import { messageOf, type RedisCut } from '@pinky/protocol';
import { truncate } from 'node:fs/promises';
import { basename } from 'node:path';
import { aofFiles, aofFolder, sizeOf } from './aof-files.js';
import { checkAof, type CheckOptions } from './check-aof.js';
import { gapAt, takeOut } from './gap.js';
import { copyOf, keepAsCopy, keepCopy, NoRoom, sync, withRoom } from './kept-copy.js';

/** The outcome: nothing is wrong; a gap was closed, and nothing lost; an end was cut off; or only a person can help. */
export type MendOutcome =
  | { readonly kind: 'fit' }
  | { readonly kind: 'closed'; readonly file: string; readonly bytes: number; readonly copy: string }
  | { readonly kind: 'cut'; readonly cut: Omit<RedisCut, 'at'> }
  | { readonly kind: 'stuck'; readonly because: string; readonly remedy?: string };

/**
 * Makes the data of a Redis that does not run readable again. A power cut leaves zeros, half a command or what another
 * file once held at the end of the file that Redis appends to, because nobody syncs that file. Redis reads nothing
 * then. So the end is cut off where the first command cannot be read, after a copy was made. The gap that a full disk
 * leaves is closed. All other damage needs a person.
 */
export async function mendData(redisDir: string, options: CheckOptions): Promise<MendOutcome> {
  try {
    return await mend(redisDir, options);
  } catch (error) {
    return { kind: 'stuck', because: messageOf(error), ...(error instanceof NoRoom && { remedy: error.remedy }) };
  }
}

async function mend(redisDir: string, options: CheckOptions): Promise<MendOutcome> {
  const { main, writes, amiss } = aofFiles(redisDir);
  if (amiss !== undefined) return { kind: 'stuck', because: amiss };
  if (main === undefined) return { kind: 'fit' };
  let mended: MendOutcome = { kind: 'fit' };
  for (;;) {
    const { isValid, damage, words } = await checkAof(main, options);
    if (isValid) return mended;
    const stuck = { kind: 'stuck', because: `redis-check-aof: ${words}` } as const;
    const at = writes.findIndex((each) => damage !== undefined && basename(each) === basename(damage.file));
    const file = writes[at];
    if (damage === undefined || file === undefined || mended.kind === 'cut') return stuck;
    const { bytes, keptBytes } = damage;
    const hasMore = writes.slice(at + 1).some((later) => sizeOf(later) !== 0);
    const size = await gapAt(file, keptBytes);
    if (size === 0 && hasMore) return stuck; // nobody knows what the rest of them builds upon
    const known: string | undefined = mended.kind === 'closed' && mended.file === file ? mended.copy : undefined;
    if (size > 0) {
      const copy: string = await closeGap({ file, at: keptBytes, size, redisDir, known });
      mended = { kind: 'closed', file, bytes: size + (mended.kind === 'closed' ? mended.bytes : 0), copy };
    } else {
      const copy: string = known ?? (await keepCopy(file, redisDir));
      await truncate(file, keptBytes);
      await sync(file);
      mended = { kind: 'cut', cut: { file, bytes, keptBytes, copy } };
    }
  }
}

interface Gap {
  readonly file: string;
  readonly at: number;
  readonly size: number;
  readonly redisDir: string;
  /** The copy, if one was kept just now. */
  readonly known: string | undefined;
}

/** Writes the file anew without its gap. The old one becomes the copy, so no other room than that is needed. */
async function closeGap({ file, at, size, redisDir, known }: Gap): Promise<string> {
  const words = `${file} has a gap, and could not be written anew without it`;
  const room = { folder: redisDir, bytes: (sizeOf(file) ?? size) - size, words };
  const keep = async (): Promise<string> => known ?? (await keepAsCopy(file, redisDir));
  return withRoom(room, () => takeOut(file, at, { size, part: `${copyOf(file, redisDir)}.new`, keep }));
}

/** The remedy for a person, where nothing can be mended. */
export function remedyFor(redisDir: string): string {
  const folder = aofFolder(redisDir);
  return (
    `put a good copy of ${folder} in its place if you have one. Else \`mv ${folder} ${folder}.old\`: Redis then ` +
    'begins empty within seconds. Worlds, backups and settings are not in it; jobs that wait, and events that ' +
    'nobody has read, are'
  );
}
