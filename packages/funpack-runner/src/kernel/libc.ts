import { createRequire } from 'node:module';
import { getSystemErrorName } from 'node:util';

/** The part of koffi 3 that is used. Its own types are those of its ES module, which this package cannot import. */
interface Koffi {
  readonly load: (path: null) => { readonly func: (signature: string) => unknown };
  /** The number of the last call's error, on this thread. */
  readonly errno: () => number;
}

/** The calls of the C library that Node does not offer. Each answers -1 if it fails, as in C. */
export interface Libc {
  readonly lseek: (fd: number, offset: number, whence: number) => number | bigint;
  /** Absent where the library is too old. */
  readonly statx?: (folder: number, name: Buffer, flags: number, mask: number, result: Buffer) => number;
  readonly openat: (folder: number, name: Buffer, flags: number, mode: number) => number;
  readonly futimens: (fd: number, times: Buffer) => number;
  readonly utimensat: (folder: number, name: Buffer, times: Buffer, flags: number) => number;
  readonly flistxattr: (fd: number, list: Buffer, size: number) => number | bigint;
  readonly fgetxattr: (fd: number, name: Buffer, value: Buffer, size: number) => number | bigint;
  readonly fsetxattr: (fd: number, name: Buffer, value: Buffer, size: number, flags: number) => number;
  readonly renameat2: (from: number, old: Buffer, to: number, now: Buffer, flags: number) => number;
  /** Waits on another thread. */
  readonly syncfs: { readonly async: (fd: number, done: (failure: Error | null, result: number) => void) => void };
}

/** Loaded at the first use: only a runner that packs or unpacks needs it. */
const loaded: { koffi?: Koffi; libc?: Libc } = {};

const koffi = (): Koffi => (loaded.koffi ??= createRequire(__filename)('koffi') as Koffi);

export const libc = (): Libc => (loaded.libc ??= load());

/**
 * The signatures are those of glibc and musl on 64 bits, and the casts follow them. The process has its C library
 * already, under any name.
 */
function load(): Libc {
  const library = koffi().load(null);
  const statx = optional(() =>
    library.func('int statx(int, const void *, int, unsigned int, void *)') as NonNullable<Libc['statx']>);
  return {
    ...(statx && { statx }),
    openat: library.func('int openat(int, const void *, int, unsigned int)') as Libc['openat'],
    lseek: library.func('int64_t lseek(int, int64_t, int)') as Libc['lseek'],
    futimens: library.func('int futimens(int, const void *)') as Libc['futimens'],
    utimensat: library.func('int utimensat(int, const void *, const void *, int)') as Libc['utimensat'],
    flistxattr: library.func('int64_t flistxattr(int, void *, size_t)') as Libc['flistxattr'],
    fgetxattr: library.func('int64_t fgetxattr(int, const void *, void *, size_t)') as Libc['fgetxattr'],
    fsetxattr: library.func('int fsetxattr(int, const void *, const void *, size_t, int)') as Libc['fsetxattr'],
    syncfs: library.func('int syncfs(int)') as Libc['syncfs'],
    renameat2: library.func('int renameat2(int, const void *, int, const void *, unsigned int)') as Libc['renameat2'],
  };
}

function optional<T>(find: () => T): T | undefined {
  try {
    return find();
  } catch {
    return undefined; // the library has no such call
  }
}

/** The error of the call that has just failed, with its errno's name as `code`, as Node's own errors have it. */
export function lastError(call: string): Error & { readonly code: string } {
  const code = getSystemErrorName(-koffi().errno());
  return Object.assign(new Error(`${call} failed (${code})`), { code });
}

/** A name for C: bytes with a NUL at the end. Here names have one character for each byte. */
export const cString = (bytes: string): Buffer => Buffer.from(`${bytes}\0`, 'latin1');
