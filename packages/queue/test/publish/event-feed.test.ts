import { silentLogger, type Message, type Peer, type PendingEvent } from '@pinky/protocol';
import type { EventsMessage } from '../../src/publish/event-batch.js';
import { EventFeed } from '../../src/publish/event-feed.js';

/** A subscriber that keeps what it is sent. `behind` bytes wait for it. */
const subscriber = (behind = 0) => {
  const fed: string[] = [];
  let isCutOff = false;
  const peer = {
    bufferedBytes: behind,
    send: (message: Message) => {
      if (message.type === 'feed') fed.push(message.json);
      return true;
    },
    destroy: () => {
      isCutOff = true;
    },
  };
  return { fed, isCutOff: () => isCutOff, peer: peer as unknown as Peer };
};

const line = (stream: PendingEvent['stream'], start: number, json: string): PendingEvent => ({
  stream,
  start,
  end: start + 10,
  json,
});
const batch = (run: string, console: number, journal: number, ...events: PendingEvent[]): EventsMessage => ({
  type: 'events',
  serverId: 'a',
  run,
  console,
  journal,
  events,
});

it('feeds an event once, by stream and position', () => {
  const feed = new EventFeed(silentLogger);
  const { fed, peer } = subscriber();
  feed.subscribe(peer);
  feed.offer(batch('r1', 10, 0, line('console', 0, 'c0')));
  feed.offer(batch('r1', 20, 10, line('console', 0, 'c0'), line('console', 10, 'c1'), line('journal', 0, 'j0')));
  feed.offer(batch('r2', 10, 0, line('console', 0, 'next run')));
  feed.offer(batch('r1', 30, 10, line('console', 20, 'late')));
  expect(fed).toEqual(['c0', 'c1', 'j0', 'next run']);
});

it('feeds nothing that came before the subscription', () => {
  const feed = new EventFeed(silentLogger);
  const { fed, peer } = subscriber();
  feed.offer(batch('r1', 10, 0, line('console', 0, 'before')));
  feed.subscribe(peer);
  feed.offer(batch('r1', 20, 0, line('console', 0, 'before'), line('console', 10, 'after')));
  expect(fed).toEqual(['after']);
});

it('cuts off a subscriber that does not keep up, and feeds the others', () => {
  const feed = new EventFeed(silentLogger);
  const slow = subscriber(9 * 1024 * 1024);
  const quick = subscriber();
  feed.subscribe(slow.peer);
  feed.subscribe(quick.peer);
  feed.offer(batch('r1', 10, 0, line('console', 0, 'c0')));
  expect([slow.isCutOff(), slow.fed, quick.fed]).toEqual([true, [], ['c0']]);
});
