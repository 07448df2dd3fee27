import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { FakeClock } from '@pinky/protocol/testing';
import { BlockingFlag } from '../../src/blocking-flag/blocking-flag';
import { bundleProgram, scratch } from '../programs/program';

describe('BlockingFlag', () => {
  it('wakes all that wait for it when it is set', async () => {
    const flag = new BlockingFlag();
    const waits = [flag.waitForSet(), flag.waitForSet(60_000)];
    expect(flag.set()).toBe(true);
    expect(await Promise.all(waits)).toEqual([true, true]);
    expect([flag.set(), flag.isSet, await flag.waitForSet()]).toEqual([false, true, true]);
  });

  it('gives up after the timeout, and answers that it is not set', async () => {
    const clock = new FakeClock();
    const flag = new BlockingFlag(undefined, clock);
    const wait = flag.waitForSet(1000);
    await clock.advance(1000);
    expect(await wait).toBe(false);
    expect(clock.sleeping).toBe(0);
  });

  it('leaves no timer behind when it is set before the timeout', async () => {
    const clock = new FakeClock();
    const flag = new BlockingFlag(undefined, clock);
    const wait = flag.waitForSet(1000);
    flag.set();
    expect([await wait, clock.sleeping]).toEqual([true, 0]);
  });

  it('can be waited for in both directions, again and again', async () => {
    const flag = new BlockingFlag();
    for (let round = 0; round < 3; round += 1) {
      const set = flag.waitForSet();
      flag.set();
      const reset = flag.waitForReset();
      expect(flag.reset()).toBe(true);
      expect(await Promise.all([set, reset])).toEqual([true, true]);
    }
  });

  it('does not wait for a timeout of 0, nor with a signal that has aborted or aborts now', async () => {
    const flag = new BlockingFlag();
    const controller = new AbortController();
    const wait = flag.waitForSet(undefined, controller.signal);
    controller.abort();
    expect([await wait, await flag.waitForSet(0), await flag.waitForSet(undefined, controller.signal)]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('becomes an AbortSignal, and can be made from one', async () => {
    const controller = new AbortController();
    const flag = BlockingFlag.from(controller.signal);
    const signal = flag.toSignal();
    controller.abort();
    expect([flag.isSet, signal.aborted, flag.toSignal().aborted, BlockingFlag.from(controller.signal).isSet]).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });

  it('is shared by threads in both directions, however their looks and changes interleave', async () => {
    const dir = scratch();
    const rounds = 300;
    const [asked, answered] = [new BlockingFlag(), new BlockingFlag()];
    const thread = new Worker(bundleProgram('sets-flag', dir.path), {
      workerData: { asked: asked.shared, answered: answered.shared, rounds },
    });
    const exited = once(thread, 'exit');
    await once(thread, 'message');
    for (let round = 0; round < rounds; round += 1) {
      asked.set();
      if (round % 2 === 0) expect(await answered.waitForSet()).toBe(true);
      else expect(answered.blockUntilSet()).toBe(true);
      answered.reset();
    }
    await exited;
    dir.remove();
  });

  it('keeps its process alive during a wait, and no longer', () => {
    const dir = scratch();
    const program = bundleProgram('waits-for-itself', dir.path);
    expect(execFileSync(process.execPath, [program], { encoding: 'utf8' })).toBe('false true\n');
    dir.remove();
  });
});
