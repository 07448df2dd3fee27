import { FakeClock } from '@pinky/protocol/testing';
import type { Message } from '@pinky/protocol';
import { EventSender, type EventSenderOptions } from '../../src/publish/event-sender.js';
import { runStart } from '../../src/record/checkpoint.js';

const event = { stream: 'console' as const, start: 0, end: 5, json: '{}' };
const to = (console: number) => ({ ...runStart, console });

function sender(overrides: Partial<EventSenderOptions> = {}) {
  const sent: Message[] = [];
  const said: string[] = [];
  const clock = new FakeClock();
  const made = new EventSender({
    serverId: 'one',
    clock,
    later: { isHeld: false, soon: (work) => void setImmediate(work) },
    send: (message) => { sent.push(message); return true; },
    derive: () => { throw Object.assign(new Error('gone'), { code: 'ENOENT' }); },
    limitBytes: () => Infinity,
    onDropped: () => undefined,
    earliest: () => runStart,
    onAcked: () => undefined,
    onIdle: () => undefined,
    onRunPublished: (run) => said.push(`published ${run}`),
    onNewerRun: (run) => said.push(`newer ${run}`),
    onLost: (run, _from, _to, why) => said.push(`lost ${run}: ${why}`),
    ...overrides,
  });
  return { made, sent, said, clock };
}

describe('EventSender when something is wrong', () => {
  it('reports that Redis holds a newer run than the living one, and does not try for ever', () => {
    const { made, sent, said } = sender();
    made.addRun('b', runStart, runStart, false);
    made.published({ run: 'c', console: 7, journal: 0 });
    made.offer({ run: 'b', from: runStart, to: to(5), events: [event] });
    expect(sent).toHaveLength(1);
    made.published({ run: 'c', console: 7, journal: 0 });
    expect(sent).toHaveLength(1);
    expect(made.isIdle).toBe(true);
    expect(said).toEqual(['newer c', 'newer c', 'lost b: Redis holds a newer run of this server']);
  });

  it('tells of a newer run in Redis before it has any of its own', () => {
    const { made, said } = sender();
    made.published({ run: 'c', console: 0, journal: 0 });
    expect(said).toEqual(['newer c']);
  });

  it('gives up a complete run whose files are gone, and goes on with the next', () => {
    const { made, said } = sender();
    made.addRun('a', runStart, to(5), true);
    made.addRun('b', runStart, runStart, false);
    made.published({ run: '', console: 0, journal: 0 });
    expect(said).toEqual(['lost a: its files were removed', 'published a']);
    expect(made.isIdle).toBe(true);
  });

  it('throws if files cannot be read for another reason: the next worker tries again', () => {
    const { made } = sender({ derive: () => { throw Object.assign(new Error('input/output'), { code: 'EIO' }); } });
    made.addRun('a', runStart, to(5), false);
    expect(() => made.published({ run: '', console: 0, journal: 0 })).toThrow('input/output');
  });

  it('counts a run without events as published, without asking anybody', () => {
    const { made, sent } = sender();
    made.addRun('a', runStart, runStart, false);
    made.offer({ run: 'a', from: runStart, to: to(50), events: [] });
    expect(made.isIdle).toBe(true);
    expect(made.acked('a')).toEqual({ ...to(50), cursor: { console: 0, journal: 0 } });
    expect(sent).toEqual([]);
  });

  it('sends a batch again that nobody answers', async () => {
    const { made, sent, clock } = sender({
      derive: (run, { from }) => ({
        run,
        from,
        to: to(5),
        events: [event],
      }),
    });
    made.addRun('a', runStart, runStart, false);
    made.published({ run: '', console: 0, journal: 0 });
    made.offer({ run: 'a', from: runStart, to: to(5), events: [event] });
    await clock.advance(20_000);
    expect(sent.length).toBeGreaterThan(2);
    made.published({ run: 'a', console: 5, journal: 0 });
    const { length } = sent;
    await clock.advance(60_000);
    expect(sent).toHaveLength(length);
    expect(clock.sleeping).toBe(0);
  });
});
