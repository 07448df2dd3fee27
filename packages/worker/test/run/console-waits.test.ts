import { FakeClock } from '@pinky/protocol/testing';
import { ConsoleWaits } from '../../src/run/console-waits.js';

describe('ConsoleWaits', () => {
  const clock = new FakeClock();
  afterEach(() => expect(clock.sleeping).toBe(0));

  it('resolves at the awaited line or event, and only then', async () => {
    const waits = new ConsoleWaits(clock);
    const never = new AbortController().signal;
    const line = waits.line(/saved/, 60_000, never);
    const event = waits.event('players_list', 60_000, never);
    waits.hearLine('saving');
    waits.hearEvent({ type: 'started' });
    waits.hearLine('world saved');
    waits.hearEvent({ type: 'players_list' });
    expect(await Promise.all([line, event])).toEqual([true, true]);
  });

  it('gives up after its time', async () => {
    const waits = new ConsoleWaits(clock);
    const line = waits.line(/saved/, 700, new AbortController().signal);
    await clock.advance(700);
    expect(await line).toBe(false);
  });

  it('gives up when it is told to', async () => {
    const waits = new ConsoleWaits(clock);
    const over = new AbortController();
    const line = waits.line(/saved/, 60_000, over.signal);
    over.abort();
    expect(await line).toBe(false);
    expect(await waits.line(/saved/, 60_000, over.signal)).toBe(false);
  });
});
