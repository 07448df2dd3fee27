import type { ServerEvent } from '../src/api/types.js';
import { markOf } from '../src/console/event-marks.js';

const event = (id: string, type: string, more: object = {}): ServerEvent =>
  ({ id, type, server_id: 'one', ts: '2026-11-30T00:00:00Z', ...more });

it('marks the line that an event was read from', () => {
  expect(markOf(event('one:1796017064636-bba5:120.1', 'chat', { user: 'ada', message: 'hi' }))).toEqual({
    place: { run: '1796017064636-bba5', offset: 120 },
    kind: 'chat',
    words: 'chat: user ada, message hi',
  });
});

it('marks the last line of a run that crashed, and nothing for what no line told of', () => {
  const crash = markOf(event('one:r:j88', 'crashed', { how: 'ended by SIGKILL' }));
  expect(crash).toMatchObject({ place: { run: 'r', offset: Number.POSITIVE_INFINITY }, kind: 'crash' });
  expect(markOf(event('one:r:j88', 'backed_up'))).toBeUndefined();
  expect(markOf(event('nonsense', 'chat'))).toBeUndefined();
});
