import { messageOf, type RedisCut } from '@pinky/protocol';
import { constants, copyFileSync, renameSync, rmSync } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { aofFiles, aofFolder } from './aof-files.js';
import { checkAof, type CheckOptions } from './check-aof.js';
import { closeGap } from './close-gap.js';

/** The outcome: nothing is wrong; a gap was closed, and nothing lost; an end was cut off; or only a person can help. */
export type MendOutcome =
  | { readonly kind: 'fit' }
  | { readonly kind: 'closed'; readonly file: string; readonly bytes: number; readonly copy: string }
  | { readonly kind: 'cut'; readonly cut: Omit<RedisCut, 'at'> }
  | { readonly kind: 'stuck'; readonly because: string };

/** Ends the name of the copy of a file as it was before it was cut. There is one such copy. */
const copySuffix = '.damaged';

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
    return { kind: 'stuck', because: messageOf(error) };
  }
}

async function mend(redisDir: string, options: CheckOptions): Promise<MendOutcome> {
  const { main, last, amiss } = aofFiles(redisDir);
  if (amiss !== undefined) return { kind: 'stuck', because: amiss };
  if (main === undefined) return { kind: 'fit' };
  let copy: string | undefined;
  for (let closed = 0; ;) {
    const { isValid, damage, words } = await checkAof(main, options);
    if (isValid && (last === undefined || copy === undefined)) return { kind: 'fit' };
    if (isValid && last !== undefined && copy !== undefined) return { kind: 'closed', file: last, bytes: closed, copy };
    if (damage === undefined || last === undefined || basename(damage.file) !== basename(last)) {
      return { kind: 'stuck', because: `redis-check-aof: ${words}` };
    }
    copy ??= await keepCopy(last, redisDir);
    const gap = await closeGap(last, damage.keptBytes, `${copy}.part`);
    closed += gap;
    if (gap > 0) continue;
    const mended = await checkAof(main, { ...options, isCutting: true });
    if (!mended.isValid) return { kind: 'stuck', because: `redis-check-aof --fix: ${mended.words}` };
    return { kind: 'cut', cut: { file: last, bytes: damage.bytes, keptBytes: damage.keptBytes, copy } };
  }
}

/** Copies a file beside the folder of Redis's files, and removes the copies of earlier times. */
async function keepCopy(file: string, redisDir: string): Promise<string> {
  const copy = join(redisDir, `${basename(file)}${copySuffix}`);
  const part = `${copy}.part`;
  try {
    copyFileSync(file, part, constants.COPYFILE_FICLONE);
    await sync(part);
    renameSync(part, copy);
  } catch (error) {
    rmSync(part, { force: true });
    throw new Error(`${file} is damaged, and no copy of it could be made: ${messageOf(error)}`, { cause: error });
  }
  await sync(dirname(copy));
  for (const name of await readdir(redisDir)) {
    if (name.endsWith(copySuffix) && name !== basename(copy)) rmSync(join(redisDir, name), { force: true });
  }
  return copy;
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
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
