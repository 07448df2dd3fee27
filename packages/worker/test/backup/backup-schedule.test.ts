import { FakeClock } from '@pinky/protocol/testing';
import { BackupSchedule } from '../../src/backup/backup-schedule.js';

describe('BackupSchedule', () => {
  it('backs up at the interval, each time after the one before has ended, also after one that failed', async () => {
    const clock = new FakeClock();
    const times = new BackupSchedule(clock);
    const at: number[] = [];
    const due = async (): Promise<void> => {
      at.push(clock.now());
      await clock.sleep(30);
      throw new Error('no space');
    };
    const plan = { intervalMs: () => 100, due, ageMs: async () => 0 };
    times.start(plan);
    times.start(plan);
    await clock.advance(0);
    expect(times.nextAt).toBe(clock.wallNow() + 100);
    await clock.advance(400);
    expect(at).toEqual([100, 230, 360]);
    times.stop();
    await clock.advance(1_000);
    expect([at.length, times.nextAt]).toEqual([3, undefined]);
  });

  it('says in whole milliseconds when the next one comes', async () => {
    const clock = new FakeClock();
    const times = new BackupSchedule(clock);
    times.start({ intervalMs: () => 100, due: async () => undefined, ageMs: async () => 0.4792 });
    await clock.advance(0);
    expect(Number.isInteger(times.nextAt)).toBe(true);
    times.stop();
  });

  it('goes on where the worker before left off, and takes a new interval', async () => {
    const clock = new FakeClock();
    const times = new BackupSchedule(clock);
    const at: number[] = [];
    let intervalMs = 100;
    times.start({ intervalMs: () => intervalMs, due: async () => void at.push(clock.now()), ageMs: async () => 70 });
    await clock.advance(0);
    await clock.advance(100);
    expect(at).toEqual([30]);
    intervalMs = 80;
    times.reconsider();
    await clock.advance(0);
    await clock.advance(100);
    expect(at).toEqual([30, 110, 190]);
    times.stop();
  });

  it('makes no backup if it is stopped before it knows how old the last one is', async () => {
    const clock = new FakeClock();
    const times = new BackupSchedule(clock);
    times.start({ intervalMs: () => 100, due: () => { throw new Error('it was stopped'); }, ageMs: async () => 100 });
    times.stop();
    await clock.advance(1_000);
    expect(clock.sleeping).toBe(0);
  });
});
