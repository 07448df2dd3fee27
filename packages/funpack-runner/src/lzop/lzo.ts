import { createRequire } from 'node:module';
import { dirname } from 'node:path';

/**
 * LZO1X of npm's lzo 0.4 (miniLZO 2.09), as its binding offers it. It writes into our memory. `err` is 0 or LZO's
 * negative code.
 */
interface Binding {
  readonly compress: (input: Uint8Array, output: Uint8Array) => { readonly err: number; readonly len: number };
  readonly decompress: (input: Uint8Array, output: Uint8Array) => { readonly err: number; readonly len: number };
}

/**
 * The package's own functions take 278 KB of new memory for every block. The garbage collector sees that too late,
 * which costs 60 MB of peak memory. Its binding, found as the package finds it, writes where we want. The package has
 * no types: the cast follows its source, `lib/lzo.cc`.
 */
const binding = loadBinding() as Binding;

function loadBinding(): unknown {
  const index = createRequire(__filename).resolve('lzo');
  const bindings: unknown = createRequire(index)('bindings');
  if (typeof bindings !== 'function') throw new TypeError('npm\'s bindings is not a function');
  return bindings({ bindings: 'node_lzo', module_root: dirname(index) });
}

/** The most bytes that LZO1X can make of so many (LZO.FAQ). */
export const maxCompressed = (length: number): number => length + Math.ceil(length / 16) + 64 + 3;

/** Compresses into `output`, which holds `maxCompressed` bytes. Answers how many it took. */
export function compress(input: Uint8Array, output: Uint8Array): number {
  if (output.length < maxCompressed(input.length)) throw new RangeError('the output is too small');
  const { err, len } = binding.compress(input, output);
  if (err !== 0) throw new Error(`LZO could not compress a block (${err})`);
  return len;
}

/** Decompresses into `output`, never beyond it. Answers how many bytes it wrote. Throws for corrupt input. */
export function decompress(input: Uint8Array, output: Uint8Array): number {
  const { err, len } = binding.decompress(input, output);
  if (err !== 0) throw new Error(`LZO could not decompress a block (${err})`);
  return len;
}
