import { constants, fstatSync, lstatSync, type BigIntStats } from 'node:fs';
import { cString, lastError, libc } from './libc.js';

/** Seconds since 1970, and the nanoseconds of that second. */
export interface Moment {
  readonly seconds: number;
  readonly nanos: number;
}

/** All that the kernel tells of a file, in nanoseconds, and without the big numbers of Node's own call. */
export interface FileStat {
  /** The bits of `S_IFMT`. */
  readonly kind: number;
  /** The twelve bits of chmod(2). */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly links: number;
  readonly size: number;
  /** How much space it takes, in blocks of 512 bytes. */
  readonly blocks: number;
  /** Device and inode, as text. */
  readonly device: string;
  readonly inode: string;
  readonly mtime: Moment;
  readonly ctime: Moment;
}

const atSymlinkNofollow = 0x100;
const atEmptyPath = 0x1000;
/** `STATX_BASIC_STATS` of Linux. */
const basicStats = 0x7ff;
const structBytes = 256;
const noName = Buffer.alloc(1);
const nanosPerSecond = 1_000_000_000n;

/** Memory for one call. Its answer is read at once. */
const scratch: { bytes?: Buffer } = {};

/** An open file or folder. */
export const statOpen = (fd: number): FileStat =>
  statx(fd, noName, atEmptyPath) ?? fromNode(fstatSync(fd, { bigint: true }));

/** The thing of that name in an open folder; a link is not followed. Throws ENOENT. */
export const statAt = (folder: number, name: string): FileStat =>
  statx(folder, cString(name), atSymlinkNofollow)
    ?? fromNode(lstatSync(Buffer.from(`/proc/self/fd/${folder}/${name}`, 'latin1'), { bigint: true }));

export const isFile = ({ kind }: FileStat): boolean => kind === constants.S_IFREG;

/** Whether a file is as it was, by its size and times. */
export const isSameStat = (a: FileStat, b: FileStat): boolean =>
  a.size === b.size && isSameMoment(a.mtime, b.mtime) && isSameMoment(a.ctime, b.ctime);

const isSameMoment = (a: Moment, b: Moment): boolean => a.seconds === b.seconds && a.nanos === b.nanos;

export const nanosOf = ({ seconds, nanos }: Moment): bigint => BigInt(seconds) * nanosPerSecond + BigInt(nanos);

/** Nanoseconds since 1970, as digits. */
export const momentText = (moment: Moment): string =>
  moment.seconds > 0 ? `${moment.seconds}${String(moment.nanos).padStart(9, '0')}` : String(nanosOf(moment));

/** Undefined where the C library is too old to have this call. Its structure is the same on all machines. */
function statx(folder: number, name: Buffer, flags: number): FileStat | undefined {
  const call = libc().statx;
  if (!call) return undefined;
  const bytes = (scratch.bytes ??= Buffer.allocUnsafeSlow(structBytes));
  if (call(folder, name, flags, basicStats, bytes) !== 0) throw lastError('statx');
  const mode = bytes.readUInt16LE(28);
  return {
    kind: mode & constants.S_IFMT,
    mode: mode & 0o7777,
    uid: bytes.readUInt32LE(20),
    gid: bytes.readUInt32LE(24),
    links: bytes.readUInt32LE(16),
    size: number(bytes, 40),
    blocks: number(bytes, 48),
    device: `${bytes.readUInt32LE(136)}:${bytes.readUInt32LE(140)}`,
    inode: inodeText(bytes),
    mtime: momentAt(bytes, 112),
    ctime: momentAt(bytes, 96),
  };
}

const number = (bytes: Buffer, at: number): number => bytes.readUInt32LE(at + 4) * 2 ** 32 + bytes.readUInt32LE(at);
const momentAt = (bytes: Buffer, at: number): Moment => ({
  seconds: bytes.readInt32LE(at + 4) * 2 ** 32 + bytes.readUInt32LE(at),
  nanos: bytes.readUInt32LE(at + 8),
});

function inodeText(bytes: Buffer): string {
  const inode = number(bytes, 32);
  return Number.isSafeInteger(inode) ? String(inode) : String(bytes.readBigUInt64LE(32));
}

function fromNode(stats: BigIntStats): FileStat {
  const moment = (nanos: bigint): Moment => {
    const rest = ((nanos % nanosPerSecond) + nanosPerSecond) % nanosPerSecond;
    return { seconds: Number((nanos - rest) / nanosPerSecond), nanos: Number(rest) };
  };
  return {
    kind: Number(stats.mode) & constants.S_IFMT,
    mode: Number(stats.mode) & 0o7777,
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    links: Number(stats.nlink),
    size: Number(stats.size),
    blocks: Number(stats.blocks),
    device: String(stats.dev),
    inode: String(stats.ino),
    mtime: moment(stats.mtimeNs),
    ctime: moment(stats.ctimeNs),
  };
}
