import { bytesText, momentText, playersCount, playersText, spanText } from '../src/words/format.js';
import { eventWords } from '../src/words/events.js';
import { primaryAction, signOf } from '../src/words/states.js';

it('says sizes in the unit that fits', () => {
  expect([0, 999, 1_234, 123_456, 1_234_567_890, 5e15].map(bytesText)).toEqual(
    ['0 B', '999 B', '1.2 KB', '123 KB', '1.2 GB', '5000 TB']);
});

it('counts players', () => {
  expect([0, 1, 2].map((count) => playersText(count))).toEqual(['0 players', '1 player', '2 players']);
  expect(playersText(3, 20)).toBe('3/20 players');
  expect(playersText(playersCount({ players: [], arePlayersUnknown: true }), 20)).toBe('?/20 players');
  expect(playersCount({ players: ['ada'] })).toBe(1);
});

it('says durations in the largest unit', () => {
  expect([0, 999, 61_000, 3_600_000, 259_200_000].map(spanText)).toEqual(['0 s', '0 s', '1 min', '1 h', '3 d']);
});

it('says how long ago a moment was, and the date of one that is a day away', () => {
  const now = Date.parse('2026-11-30T12:00:00Z');
  const said = (iso: string): string => momentText(iso, now);
  expect(said('2026-11-30T11:58:00Z')).toBe('2 min ago');
  expect(said('2026-11-30T12:00:00Z')).toBe('now');
  expect(said('2026-11-30T13:00:00Z')).toBe('in 1 h');
  expect(said('2026-11-28T12:00:00Z')).toContain('2026');
});

it('shows a state by more than its colour, and offers what fits it', () => {
  const states = ['up', 'starting', 'stopping', 'crashed', 'failed', 'down'];
  expect(new Set(states.map((state) => signOf(state).sign)).size).toBe(states.length);
  expect(signOf('a state of a later version').sign).toBe('?');
  expect(states.map(primaryAction)).toEqual(['stop', 'cancel', 'start', 'stop', 'start', 'start']);
});

it('says the fields of an event that a person reads', () => {
  const fields = { user: 'ann', n: 2, o: { x: 1 } };
  const event = { event: 'server_event', type: 'chat', server_id: 'a', ts: '2026-11-30', ...fields };
  expect(eventWords(event)).toBe('user ann, n 2, o {"x":1}');
});

it('says figures of an event with their unit, and facts without a value', () => {
  const event = { type: 'backed_up', server_id: 'a', ts: '', size: 1_500_000, took_ms: 552, isUnchanged: true };
  expect(eventWords(event)).toBe('size 1.5 MB, took 0.6 s, unchanged');
  expect(eventWords({ type: 'crashed', server_id: 'a', ts: '', restart_in_ms: 125_000, neverRan: true, parked: false }))
    .toBe('restart in 2 min, never ran');
});
