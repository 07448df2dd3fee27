import { FakeClock } from '@pinky/protocol/testing';
import { AfterWork } from '../../src/admission/after-work.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('work for which nobody waits', () => {
  const given = () => {
    const clock = new FakeClock();
    const done: string[] = [];
    const work = new AfterWork(clock);
    return { clock, done, work, soon: (name: string) => work.soon(() => void done.push(name)) };
  };

  it('is done in the next turn, as long as no game has died', async () => {
    const { done, soon } = given();
    soon('a');
    expect(done).toEqual([]);
    await turn();
    expect(done).toEqual(['a']);
  });

  it('waits while a game is launched, and a moment more for its wrapper, and keeps its order', async () => {
    const { clock, done, work, soon } = given();
    work.hold();
    for (const name of ['a', 'b', 'c']) soon(name);
    await clock.advance(10);
    work.launched();
    await clock.advance(5);
    expect([done, work.isHeld]).toEqual([[], true]);
    await clock.advance(1);
    expect([done, work.isHeld]).toEqual([['a', 'b', 'c'], false]);
    expect(clock.sleeping).toBe(0);
  });

  it('waits no longer than several launches take, also where games die one after the other', async () => {
    const { clock, done, work, soon } = given();
    work.hold();
    soon('a');
    await clock.advance(19);
    work.hold();
    expect(done).toEqual([]);
    await clock.advance(1);
    expect([done, clock.sleeping]).toEqual([['a'], 0]);
  });

  it('is done in the next turn once nothing is to be launched, and at once in a process that leaves', async () => {
    const { clock, done, work, soon } = given();
    work.hold();
    soon('a');
    work.letGo();
    expect(done).toEqual([]);
    await turn();
    work.hold();
    soon('b');
    work.finish();
    expect(done).toEqual(['a', 'b']);
    await clock.advance(1_000);
    expect([done, clock.sleeping]).toEqual([['a', 'b'], 0]);
  });
});
