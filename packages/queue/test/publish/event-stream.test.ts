import type { EventsMessage } from '../../src/publish/event-batch.js';
import { EventStream, type StreamStep } from '../../src/publish/event-stream.js';

const source = { isClosed: false, destroy: () => undefined };
const batchOf = (count: number): StreamStep => {
  const event = { stream: 'console' as const, start: 0, end: 1, json: '{}' };
  const events = Array.from({ length: count }, () => event);
  const batch: EventsMessage = { type: 'events', serverId: 'a', run: 'r1', console: count, journal: 0, events };
  return { kind: 'batch', batch, source };
};

it('knows how many of its events wait, until they are done or left out', () => {
  const stream = new EventStream();
  const [first, second] = [batchOf(3), batchOf(4)];
  stream.add(first);
  stream.add({ kind: 'verify' });
  stream.add(second);
  expect(stream.waitingEvents).toBe(7);
  stream.done(first);
  expect(stream.waitingEvents).toBe(4);
  stream.cutOff();
  expect(stream.waitingEvents).toBe(0);
});
