import { createRequire } from 'node:module';

/** LZO1X of npm's lzo 0.4 (miniLZO 2.09). Both throw an Error that names the LZO error code. */
interface Lzo {
  readonly compress: (input: Buffer) => Buffer;
  /** `length` is how much memory the output gets: more is an error, less is returned shorter. 0 would mean three times the input. */
  readonly decompress: (input: Buffer, length: number) => Buffer;
}

/** The package brings no types: the cast is its README and source, read. */
export const { compress, decompress } = createRequire(__filename)('lzo') as Lzo;
