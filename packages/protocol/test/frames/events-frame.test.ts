import fc from 'fast-check';
import { decodeMessage, encodeMessage, FrameDecoder, type Message, type PendingEvent } from '../../src/index.js';

const offset = fc.maxSafeNat();
const event: fc.Arbitrary<PendingEvent> = fc.record(
  {
    stream: fc.constantFrom('console' as const, 'journal' as const),
    start: offset,
    end: offset,
    json: fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 50 })),
  },
  { noNullPrototype: true },
);

it('writes events as any MessagePack decoder reads them', () => {
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 5 }),
      fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/),
      offset,
      offset,
      (events, serverId, console, journal) => {
        const message: Message = {
          type: 'events',
          serverId,
          run: '1618603646550-0a1b',
          events,
          console,
          journal,
        };
        const frames = new FrameDecoder().push(encodeMessage(message));
        expect(frames.map(decodeMessage)).toEqual([message]);
      },
    ),
  );
});

it('keeps texts beyond ASCII and long ones', () => {
  const events: PendingEvent[] = ['{"message":"grüß 你好 👾"}', 'x'.repeat(100_000)].map((json, start) => ({
    stream: 'console',
    start,
    end: start + 1,
    json,
  }));
  const message: Message = {
    type: 'events',
    serverId: 'a',
    run: 'r',
    events,
    console: 2 ** 40,
    journal: 0,
  };
  expect(new FrameDecoder().push(encodeMessage(message)).map(decodeMessage)).toEqual([message]);
});
