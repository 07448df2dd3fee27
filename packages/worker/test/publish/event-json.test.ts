import fc from 'fast-check';
import type { GameEvent } from '@pinky/protocol';
import { EventJson } from '../../src/publish/event-json.js';

const events = new EventJson({ serverId: 'a-1', box: '1', run: '1618603646550-0a1b' });
const line = { text: '', start: 40, end: 80 };
const readBack = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

it('holds every field of the game as JSON has it, and Pinky\'s own fields', () => {
  fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (fields) => {
    const event = { ...fields, type: 'info', ts: '2021-04-16T20:07:26.550Z' } as GameEvent;
    const own = {
      event: 'server_event',
      type: 'info',
      server_id: 'a-1',
      pinky_id: '1',
      ts: event['ts'],
      id: 'a-1:1618603646550-0a1b:40',
    };
    const { json, ...place } = events.ofLine(line, event, 0);
    expect(readBack(json)).toEqual(readBack(JSON.stringify({ ...event, ...own })));
    expect(place).toEqual({ stream: 'console', start: 40, end: 80 });
  }));
});

it('numbers the further events of one line, so that each has an id of its own', () => {
  const ids = [0, 1, 2].map((nth) => readBack(events.ofLine(line, { type: 'info' }, 0, nth).json)['id']);
  expect(ids).toEqual(['', '.1', '.2'].map((end) => `a-1:1618603646550-0a1b:40${end}`));
});

it('lets no field of the game replace one of Pinky\'s', () => {
  const event = {
    type: 'chat',
    event: 'forged',
    server_id: 'b',
    pinky_id: '9',
    id: 'x',
    user: 'ada',
    message: 'hi',
  } as GameEvent;
  const { json } = events.ofLine(line, event, 1_618_603_646_550);
  expect(readBack(json)).toEqual({
    user: 'ada',
    message: 'hi',
    event: 'server_event',
    type: 'chat',
    server_id: 'a-1',
    pinky_id: '1',
    ts: '2021-04-16T20:07:26.550Z',
    id: 'a-1:1618603646550-0a1b:40',
  });
  expect(json.match(/"event"/g)).toHaveLength(1);
});

it('leaves out values that JSON cannot express, and the console offset of a note', () => {
  const entry = {
    type: 'stopped',
    ts: '2021-04-16T20:07:26.550Z',
    at: 7,
    code: 0,
    signal: undefined,
  };
  const { json, stream } = events.ofEntry({ entry, start: 12, end: 99 });
  expect(stream).toBe('journal');
  expect(readBack(json)).toEqual({
    code: 0,
    event: 'server_event',
    type: 'stopped',
    server_id: 'a-1',
    pinky_id: '1',
    ts: entry.ts,
    id: 'a-1:1618603646550-0a1b:j12',
  });
});
