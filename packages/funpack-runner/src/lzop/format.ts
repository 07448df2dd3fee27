/**
 * The container of lzop 1.04 (its `lzop.c` and `conf.h`): a header, then blocks, then a block of length 0. All numbers
 * are big-endian.
 */
export const magic = Buffer.from([0x89, 0x4c, 0x5a, 0x4f, 0x00, 0x0d, 0x0a, 0x1a, 0x0a]);

/** The bits of the header's flags. */
export const flag = {
  adler32OfData: 0x1,
  adler32OfCompressed: 0x2,
  extraField: 0x40,
  crc32OfData: 0x100,
  crc32OfCompressed: 0x200,
  multipart: 0x400,
  filter: 0x800,
  headerCrc32: 0x1000,
} as const;

/** The methods whose blocks LZO1X reads: 1X_1, 1X_1_15, 1X_999. */
export const lzo1xMethods: ReadonlySet<number> = new Set([1, 2, 3]);
export const method1x1 = 1;
/** The level that lzop writes for its default speed. */
export const defaultLevel = 5;

/**
 * The version of the container that we write, that of the LZO library (2.09 in npm's lzo), and the oldest lzop that
 * reads it: 0.9.4.
 */
export const writtenVersion = { container: 0x1040, library: 0x2090, needed: 0x0940 } as const;

/** The block size of lzop, bytes. Its reader takes blocks of up to 64 MiB, but no version ever wrote another size. */
export const blockSize = 256 * 1024;
/** The largest block that is read, bytes. It bounds the memory of a reader. */
export const maxBlockSize = 8 * 1024 * 1024;

/** Unix, in the byte of the flags that names the system. */
export const osUnix = 0x0300_0000;
