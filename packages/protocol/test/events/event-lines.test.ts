import fc from 'fast-check';
import { encode } from '@msgpack/msgpack';
import {
  decodeMessage,
  encodeFrame,
  encodeMessage,
  EventLines,
  FrameDecoder,
  frameIds,
  type PendingEvent,
} from '../../src/index.js';

const event: fc.Arbitrary<PendingEvent> = fc.record(
  {
    stream: fc.constantFrom('console' as const, 'journal' as const),
    start: fc.nat({ max: 2 ** 50 }),
    json: fc.oneof(fc.string(), fc.string({ unit: 'grapheme' })).map((text) => JSON.stringify({ text })),
  },
  { noNullPrototype: true },
).map((each) => ({ ...each, end: each.start + 1 }));

it('arrive as the events that they were made of', () => {
  fc.assert(fc.property(fc.array(event, { maxLength: 5 }), (events) => {
    const message = {
      type: 'events',
      serverId: 'a',
      run: 'r1',
      events,
      lines: EventLines.of(events),
      console: 2 ** 50,
      journal: 7,
    } as const;
    const [frame] = new FrameDecoder().push(encodeMessage(message));
    const arrived = frame && decodeMessage(frame);
    expect(arrived).toMatchObject({ type: 'events', serverId: 'a', run: 'r1', console: 2 ** 50, journal: 7, events });
    expect(frame?.id).toBe(frameIds.eventLines);
  }));
});

it('are told apart by where they start, for each stream', () => {
  const of = (stream: PendingEvent['stream'], start: number) => ({ stream, start, end: start + 1, json: '{}' });
  const lines = EventLines.of([of('console', 10), of('journal', 3), of('console', 20)]);
  expect(lines.count).toBe(3);
  expect(lines.isFrom({ console: 10, journal: 3 })).toBe(true);
  expect(lines.isFrom({ console: 11, journal: 0 })).toBe(false);
  expect(lines.isFrom({ console: 0, journal: 4 })).toBe(false);
  expect(EventLines.of([]).isFrom({ console: 1, journal: 1 })).toBe(true);
});

it('are no message if a peer sent something else instead', () => {
  const body = encode({ serverId: 'a', run: 'r', text: 'text', places: [] });
  const [frame] = new FrameDecoder().push(encodeFrame(frameIds.eventLines, body));
  expect(frame && decodeMessage(frame)).toBeUndefined();
});
