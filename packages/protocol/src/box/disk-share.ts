import { statfsSync } from 'node:fs';
import { PinkyError } from '../errors.js';

/** A part of a disk: so many bytes, or so many hundredths of all that it has. */
export type DiskShare = { readonly bytes: number } | { readonly percent: number };

/** Bytes on the file system of `dir`. Undefined if it cannot be asked. */
export function diskBytes(dir: string): { readonly total: number; readonly free: number } | undefined {
  try {
    const { blocks, bavail, bsize } = statfsSync(dir);
    return { total: blocks * bsize, free: bavail * bsize };
  } catch {
    return undefined; // the folder is not there yet
  }
}

/** A share of the disk that `dir` is on, bytes. Undefined if the disk cannot be asked. */
export function bytesOfShare(share: DiskShare, dir: string): number | undefined {
  if ('bytes' in share) return share.bytes;
  const disk = diskBytes(dir);
  return disk && Math.round((disk.total * share.percent) / 100);
}

/** From this size on, a disk keeps at least `leastReserve` for running games, bytes. */
const largeDisk = 20 * 2 ** 30;
const leastReserve = 2 * 2 ** 30;

/**
 * How many bytes the disk of `dir` lacks for something that needs `neededBytes` of it, without what belongs to running
 * games. 0 if there is room, or if the disk cannot be asked.
 */
export function lackingBytes(reserve: DiskShare, dir: string, neededBytes = 0): number {
  const disk = diskBytes(dir);
  const share = bytesOfShare(reserve, dir);
  if (!disk || share === undefined) return 0;
  const kept = 'percent' in reserve && reserve.percent > 0 && disk.total >= largeDisk
    ? Math.max(share, leastReserve)
    : share;
  return Math.max(0, kept + neededBytes - disk.free);
}

const inMebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;

/** Throws `no_space` if `what`, which needs so many bytes of the disk of `dir`, would take of the reserve. */
export function assertRoom(
  { what, dir, neededBytes = 0 }: { readonly what: string; readonly dir: string; readonly neededBytes?: number },
  reserve: DiskShare | undefined,
): void {
  const lacking = reserve ? lackingBytes(reserve, dir, neededBytes) : 0;
  if (lacking === 0) return;
  throw new PinkyError(
    'no_space',
    `${what} needs ${inMebibytes(lacking)} more on the disk of ${dir} than it may take: the rest is for running ` +
      'games (`disk.reserve`)',
  );
}
