import { FakeClock } from '@pinky/protocol/testing';
import { BackupSchedule } from '../../src/backup/backup-schedule.js';
import { ConsoleWaits } from '../../src/run/console-waits.js';
import { LastLines } from '../../src/run/last-lines.js';
import { Watchdog } from '../../src/life/watchdog.js';

describe('Watchdog', () => {
  it('tells once of a game that is not ready in time, after two minutes where the funpack says nothing', async () => {
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

  it('says nothing once it is stopped, and sleeps no more', async () => {
    const clock = new FakeClock();
    const dog = new Watchdog(clock, () => { throw new Error('it barked'); });
    dog.watchSilence(500, () => 0);
    dog.stop();
    await clock.advance(10_000);
    expect(clock.sleeping).toBe(0);
  });
});

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
    const times = new BackupSchedule(new FakeClock());
    times.start({ intervalMs: () => 100, due: async () => undefined, ageMs: async () => 0.4792 });
    await Promise.resolve();
    expect(Number.isInteger(times.nextAt)).toBe(true);
    times.stop();
  });

  it('goes on where a predecessor left off, and by another interval when that is changed', async () => {
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

  it('makes no backup where it is stopped before it knows how old the last one is', async () => {
    const clock = new FakeClock();
    const times = new BackupSchedule(clock);
    times.start({ intervalMs: () => 100, due: () => { throw new Error('it was stopped'); }, ageMs: async () => 100 });
    times.stop();
    await clock.advance(1_000);
    expect(clock.sleeping).toBe(0);
  });
});

describe('ConsoleWaits', () => {
  it('resolves at the line or event that is waited for, and only then', async () => {
    const waits = new ConsoleWaits();
    const never = new AbortController().signal;
    const line = waits.line(/saved/, 60_000, never);
    const event = waits.event('players_list', 60_000, never);
    waits.hearLine('saving');
    waits.hearEvent({ type: 'started' });
    waits.hearLine('world saved');
    waits.hearEvent({ type: 'players_list' });
    expect(await Promise.all([line, event])).toEqual([true, true]);
  });

  it('gives up when it is told to', async () => {
    const waits = new ConsoleWaits();
    const over = new AbortController();
    const line = waits.line(/saved/, 60_000, over.signal);
    over.abort();
    expect(await line).toBe(false);
    expect(await waits.line(/saved/, 60_000, over.signal)).toBe(false);
  });
});

describe('LastLines', () => {
  it('keeps twenty lines of five hundred characters', () => {
    const lines = new LastLines();
    for (let i = 0; i < 30; i++) lines.add(`${i} ${'x'.repeat(1_000)}`);
    expect(lines.all).toHaveLength(20);
    expect(lines.all[0]).toMatch(/^10 x+$/);
    expect(lines.all[0]).toHaveLength(500);
  });
});
