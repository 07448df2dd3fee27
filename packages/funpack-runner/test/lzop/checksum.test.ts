import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { adler32 } from '../../src/lzop/checksum.js';

/** zlib writes the Adler-32 of the data after a deflated stream. */
const adlerOfZlib = (bytes: Uint8Array): number => {
  const deflated = deflateSync(bytes, { level: 0 });
  return deflated.readUInt32BE(deflated.length - 4);
};

describe('adler32', () => {
  it('agrees with zlib on any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 20_000 }), (bytes) => adler32(bytes) === adlerOfZlib(bytes)));
  });

  it.each([0, 1, 7, 8, 9, 5_551, 5_552, 5_553, 262_144])('does not overflow on %d bytes of 255', (length) => {
    const bytes = Buffer.alloc(length, 255);
    expect(adler32(bytes)).toBe(adlerOfZlib(bytes));
  });
});
