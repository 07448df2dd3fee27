import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { silentLogger, type LogRecord } from '@pinky/protocol';
import { FakeClock } from '@pinky/protocol/testing';
import { LaunchAdmission, type Place } from '../../src/admission/launch-admission.js';
import { LaunchSlots } from '../../src/admission/launch-slots.js';
import { StartPatience } from '../../src/admission/start-patience.js';
import { tempDir } from '../temp.js';

describe('the admission of launches', () => {
  const dir = tempDir();
  const clock = new FakeClock();
  let runnable: number | undefined;
  beforeEach(() => { runnable = undefined; });

  const of = (id: string, atOnce = 1) =>
    new LaunchAdmission({
      slots: new LaunchSlots(join(dir(), 'launches'), id),
      atOnce: () => atOnce,
      runnable: () => runnable,
      clock,
      log: silentLogger,
    });
  /** Waits in line, and writes down when its turn comes. */
  const ask = (id: string, rank: 'asked' | 'hadPlayers' | 'comesBack', order: string[], places: Place[] = []) => {
    const admission = of(id);
    const stop = new AbortController();
    const turn = admission.admit(rank, stop.signal, (place) => void places.push(place)).then(() => void order.push(id));
    turn.catch(() => undefined); // the test looks at it when it wants to
    return { admission, stop, turn };
  };
  const pass = async (): Promise<void> => {
    for (let step = 0; step < 60; step++) await clock.advance(20);
  };

  it('lets what was asked for come first, then what had players, then the rest', async () => {
    const order: string[] = [];
    const places: Place[] = [];
    const first = ask('first', 'comesBack', order);
    await first.turn;
    const others = [
      ask('back', 'comesBack', order, places),
      ask('players', 'hadPlayers', order),
      ask('asked', 'asked', order),
    ];
    await pass();
    expect([order, places.at(-1)]).toEqual([['first'], { at: 3, of: 3 }]);
    first.admission.done();
    for (const id of ['asked', 'players', 'back']) {
      await pass();
      expect(order.at(-1)).toBe(id);
      for (const { admission } of others) admission.done(); // only one of them has a slot
    }
  });

  it('is cancelled by a stop, and leaves no ticket', async () => {
    const order: string[] = [];
    const first = ask('first', 'asked', order);
    await first.turn;
    const second = ask('second', 'asked', order);
    const third = ask('third', 'asked', order);
    await pass();
    second.stop.abort(new Error('a stop'));
    await expect(second.turn).rejects.toThrow('a stop');
    first.admission.done();
    await pass();
    expect(order).toEqual(['first', 'third']);
    third.admission.done();
  });

  it('counts a relaunch that waits for nobody', async () => {
    const relaunched = of('relaunched');
    of('up').count();
    relaunched.count();
    const order: string[] = [];
    const waits = ask('waits', 'asked', order);
    await pass();
    expect(order).toEqual([]);
    waits.stop.abort();
    relaunched.done();
  });

  it('carries more where no program waits for a processor', async () => {
    const cores = availableParallelism();
    const { signal } = new AbortController();
    for (let n = 0; n < 2 * cores; n++) await of(`s${n}`, 0).admit('asked', signal, () => undefined);
    const late = of('late', 0);
    let isIn = false;
    const stop = new AbortController();
    const turn = late.admit('asked', stop.signal, () => undefined).then(() => { isIn = true; }, () => undefined);
    await pass();
    expect(isIn).toBe(false); // nobody counts
    runnable = 0;
    await pass();
    await turn;
    expect(isIn).toBe(true);
  });

  it('holds up nothing where files cannot be written', async () => {
    const logged: LogRecord[] = [];
    const slots = new LaunchSlots('/dev/null/launches', 'a');
    const log = { ...silentLogger, warn: (record: LogRecord) => void logged.push(record) };
    const admission = new LaunchAdmission({ slots, atOnce: () => 1, runnable: () => undefined, clock, log });
    await admission.admit('asked', new AbortController().signal, () => undefined);
    admission.count();
    expect(logged.map(({ event }) => event)).toEqual(['launch.uncounted', 'launch.uncounted']);
  });
});

describe('the patience with a game that loads', () => {
  it('is longer on a starved machine, but not endless', async () => {
    const clock = new FakeClock();
    let stallMs: number | undefined = 0;
    const patience = new StartPatience(clock, () => stallMs);
    patience.begin();
    await clock.advance(10_000);
    expect(patience.extend()).toBe(false); // nothing has waited
    const outcomes: boolean[] = [];
    for (let time = 0; time < 6; time++) {
      await clock.advance(10_000);
      stallMs += 5_000;
      outcomes.push(patience.extend());
    }
    expect(outcomes).toEqual([true, true, true, true, false, false]);
    stallMs = undefined;
    patience.begin();
    await clock.advance(10_000);
    expect(patience.extend()).toBe(false); // nobody counts
  });
});
