import { randomUUID } from 'node:crypto';
import type { Message } from '../format/message.js';
import type { Box } from '../format/format.js';

/** A message that is about nothing, to see whether messages arrive. */
export function testMessage({ box }: Box, wallNowMs: number): Message {
  const id = `test:${randomUUID()}`;
  const event = {
    event: 'box_event',
    type: 'test',
    server_id: '',
    pinky_id: box,
    ts: new Date(wallNowMs).toISOString(),
    message: `This is a test of a webhook of box ${box}.`,
    id,
  };
  return {
    id: `msg_${id.slice('test:'.length).replaceAll('-', '')}`,
    events: [JSON.stringify(event)],
    bookmark: { cursor: '0-0', n: 0 },
    tries: 0,
    dueAt: 0,
  };
}
