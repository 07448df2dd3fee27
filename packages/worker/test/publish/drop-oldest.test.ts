import { FakeClock } from '@pinky/protocol/testing';
import type { PendingEvent } from '@pinky/protocol';
import type { EventBatch } from '../../src/publish/event-batch.js';
import type { Position } from '../../src/record/position.js';
import { EventSender } from '../../src/publish/event-sender.js';
import type { DroppedEvents } from '../../src/publish/drop-oldest.js';

/** A console on which every event is ten bytes; it is read again a hundred bytes at a time. */
const eventBytes = 10;
const nothing = { isReady: true, players: [] };
const eventAt = (start: number): PendingEvent => ({
  stream: 'console',
  start,
  end: start + eventBytes,
  json: JSON.stringify({ type: 'info', at: start }),
});

function batch(from: Position, consoleEnd: number, journal = from.journal): EventBatch {
  const events: PendingEvent[] = [];
  for (let start = from.console; start < consoleEnd; start += eventBytes) events.push(eventAt(start));
  return {
    run: 'run',
    from,
    to: { console: consoleEnd, journal, ...nothing },
    events,
  };
}

function senderWith(
  limitBytes: number,
  journal: (from: Position) => PendingEvent[] = () => [],
): { sender: EventSender; dropped: DroppedEvents[]; sent: () => number[] } {
  const dropped: DroppedEvents[] = [];
  const sent: number[] = [];
  const sender = new EventSender({
    serverId: 's',
    clock: new FakeClock(),
    later: { isHeld: false, soon: (work) => void setImmediate(work) },
    limitBytes: () => limitBytes,
    send: (message) => {
      if (message.type === 'events') sent.push(...message.events.map(({ start }) => start));
      return true;
    },
    derive: (_run, { from, to }) => {
      const read = batch(from, Math.min(to.console, from.console + 100), to.journal);
      return { ...read, events: [...journal(from), ...read.events] };
    },
    earliest: () => ({ console: 0, journal: 0, ...nothing }),
    onAcked: () => undefined,
    onRunPublished: () => undefined,
    onNewerRun: () => undefined,
    onLost: () => undefined,
    onIdle: () => undefined,
    onDropped: (one) => { dropped.push(one); },
  });
  sender.addRun('run', { console: 0, journal: 0, ...nothing }, { console: 0, journal: 0 }, false);
  return { sender, dropped, sent: () => sent };
}

describe('a limit on what is unpublished', () => {
  it('is not reached while the queue takes events', () => {
    const { sender, dropped } = senderWith(1_000);
    sender.published({ run: '', console: 0, journal: 0 });
    for (let at = 0; at < 5_000; at += 100) {
      sender.offer(batch({ console: at, journal: 0 }, at + 100));
      sender.published({ run: 'run', console: at + 100, journal: 0 });
    }
    expect(dropped).toEqual([]);
  });

  it('drops the oldest events when it is passed, and counts them', () => {
    const { sender, dropped, sent } = senderWith(1_000);
    for (let at = 0; at < 1_100; at += 100) sender.offer(batch({ console: at, journal: 0 }, at + 100));
    expect(dropped).toMatchObject([{
      run: 'run',
      from: { console: 0 },
      to: { console: 300 },
      count: 30,
    }]);
    sender.published({ run: '', console: 0, journal: 0 });
    for (const end of [400, 500, 600, 700, 800, 900, 1_000, 1_100])
      sender.published({ run: 'run', console: end, journal: 0 });
    expect(sent()).toEqual(Array.from({ length: 80 }, (_, n) => 300 + n * eventBytes));
  });

  it('counts the events of an earlier events_lost that is dropped as well', () => {
    const lost: PendingEvent = {
      stream: 'journal',
      start: 0,
      end: 40,
      json: JSON.stringify({ type: 'events_lost', count: 30 }),
    };
    const derived = batch({ console: 0, journal: 0 }, 100, 40);
    const { sender, dropped } = senderWith(1_000, (from) => (from.console === 0 ? [lost] : []));
    sender.offer({ ...derived, to: { ...derived.to, console: 1_100 } });
    expect(dropped.map(({ count }) => count)).toEqual([30 + 30]);
  });

  it('tells lost events from those that were on their way, sends neither again, and goes on after them', () => {
    const { sender, dropped, sent } = senderWith(1_000);
    sender.published({ run: '', console: 0, journal: 0 });
    for (let at = 0; at < 2_000; at += 100) sender.offer(batch({ console: at, journal: 0 }, at + 100));
    expect(dropped.map(({ count, unsure }) => [count, unsure])).toEqual([
      [20, 10],
      ...dropped.slice(1).map(({ count }) => [count, 0]),
    ]);
    const lost = dropped.at(-1)?.to.console ?? 0;
    expect(sent()).toEqual(Array.from({ length: 10 }, (_, n) => n * eventBytes));
    for (let end = 100; end <= 2_000; end = end === 100 ? lost + 100 : end + 100)
      sender.published({ run: 'run', console: end, journal: 0 });
    expect(sent().slice(10)).toEqual(
      Array.from({ length: (2_000 - lost) / eventBytes }, (_, n) => lost + n * eventBytes),
    );
  });
});
