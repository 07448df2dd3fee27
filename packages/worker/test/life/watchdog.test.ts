import { FakeClock } from '@pinky/protocol/testing';
import { Watchdog } from '../../src/life/watchdog.js';

describe('Watchdog', () => {
  it('reports a game once that is not ready in time: after two minutes if the funpack does not say', async () => {
    const clock = new FakeClock();
    const reports: number[] = [];
    const dog = new Watchdog(clock, () => reports.push(clock.now()));
    dog.watchReady();
    await clock.advance(119_999);
    expect(reports).toEqual([]);
    await clock.advance(10_000);
    expect(reports).toEqual([120_000]);
  });

  it('watches anew when it is told to, and reports nothing of before', async () => {
    const clock = new FakeClock();
    const reports: number[] = [];
    const dog = new Watchdog(clock, () => reports.push(clock.now()));
    dog.watchReady(1_000);
    await clock.advance(900);
    dog.watchReady(1_000);
    await clock.advance(10_000);
    expect(reports).toEqual([1_900]);
  });

  it('reports nothing once it is stopped, and leaves no timer', async () => {
    const clock = new FakeClock();
    const dog = new Watchdog(clock, () => { throw new Error('it barked'); });
    dog.watchReady(500);
    dog.stop();
    await clock.advance(10_000);
    expect(clock.sleeping).toBe(0);
  });
});
