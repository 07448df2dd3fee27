import fc from 'fast-check';
import { decodeMessage, encodeFrame, encodeMessage, FrameDecoder, frameIds } from '../../src/index.js';

describe('frames', () => {
  it('writes id and length as little-endian uint32 before the body', () => {
    expect(encodeFrame(8, Buffer.from([0xc0])).toString('hex')).toBe('0800000001000000c0');
  });

  it('keeps the ids of a handoff', () => {
    expect(Object.entries(frameIds).slice(0, 10)).toEqual([
      ['softStart', 1], ['fullStart', 2], ['shardMigrationStart', 3], ['stopShard', 4], ['resume', 5], ['shutdown', 6],
      ['guildState', 7], ['slaveHello', 8], ['softStartComplete', 9], ['shardStopped', 10],
    ]);
  });

  it('encodes the hello byte for byte as a MessagePack map with Go field names', () => {
    expect(encodeMessage({ type: 'slaveHello', Running: true }).toString('hex')).toBe(
      `080000000a00000081a7${Buffer.from('Running').toString('hex')}c3`,
    );
  });

  it('sends a message without fields as an empty body', () => {
    expect(encodeMessage({ type: 'fullStart' }).toString('hex')).toBe('0200000000000000');
  });

  it('finds the same frames however the stream is cut', () => {
    const frame = fc.record({ id: fc.nat(200), body: fc.uint8Array({ maxLength: 50 }) });
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 10 }),
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }),
        (frames, cuts) => {
          const bytes = Buffer.concat(frames.map((f) => encodeFrame(f.id, f.body)));
          const decoder = new FrameDecoder();
          const found = [];
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const size = cuts[i % cuts.length] ?? 1;
            found.push(...decoder.push(bytes.subarray(at, at + size)));
            at += size;
          }
          expect(found.map((f) => ({ id: f.id, body: [...f.body] }))).toEqual(
            frames.map((f) => ({ id: f.id, body: [...f.body] })),
          );
        },
      ),
    );
  });

  it('refuses a hostile length before it keeps anything for it', () => {
    const header = Buffer.alloc(8);
    header.writeUInt32LE(0xffffffff, 4);
    expect(() => new FrameDecoder().push(header)).toThrow(expect.objectContaining({ code: 'frame_too_large' }));
  });

  it('skips an id that it does not know', () => {
    expect(decodeMessage({ id: 4711, body: new Uint8Array([0xc0]) })).toBeUndefined();
  });
});
