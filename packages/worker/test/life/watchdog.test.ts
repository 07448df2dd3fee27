import { FakeClock } from '@pinky/protocol/testing';
import { Watchdog } from '../../src/life/watchdog.js';

describe('Watchdog', () => {
  it('reports a game once that is not ready in time: after two minutes if the funpack does not say', async () => {
    const clock = new FakeClock();
    const verdicts: string[] = [];
    const dog = new Watchdog(clock, (verdict) => verdicts.push(`${clock.now()} ${verdict}`));
    dog.watchReady();
    await clock.advance(119_999);
    expect(verdicts).toEqual([]);
    await clock.advance(10_000);
    expect(verdicts).toEqual(['120000 notReady']);
  });

  it('measures silence from the last output', async () => {
    const clock = new FakeClock();
    const verdicts: string[] = [];
    let lastOutputAt = 0;
    const dog = new Watchdog(clock, (verdict) => verdicts.push(`${clock.now()} ${verdict}`));
    dog.watchReady(1_000);
    dog.watchSilence(500, () => lastOutputAt);
    await clock.advance(400);
    lastOutputAt = 400;
    await clock.advance(499);
    expect(verdicts).toEqual([]);
    await clock.advance(10_000);
    expect(verdicts).toEqual(['900 silent']);
  });

  it('reports nothing once it is stopped, and leaves no timer', async () => {
    const clock = new FakeClock();
    const dog = new Watchdog(clock, () => { throw new Error('it barked'); });
    dog.watchSilence(500, () => 0);
    dog.stop();
    await clock.advance(10_000);
    expect(clock.sleeping).toBe(0);
  });
});
