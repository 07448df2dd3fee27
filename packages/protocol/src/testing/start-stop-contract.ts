import { strict as assert } from 'node:assert';
import type { LongLived } from '../time/lifetime.js';
import { until } from './until.js';

/** A fresh part, and how a test sees whether it runs. */
export interface PartUnderTest {
  readonly part: LongLived;
  /**
   * How much of the part runs: sockets that it holds open, timers that it waits for, listeners that it has left with
   * others. 0 before `start` and after `stop`, and more in between.
   */
  readonly running: () => number | Promise<number>;
  /** Removes what the test made around the part. */
  readonly cleanUp?: () => void | Promise<void>;
}

type RuleCheck = (under: PartUnderTest) => Promise<void>;

/**
 * The contract of `LongLived` as test cases, for `it.each(startStopContract(make))('%s', (_rule, keeps) => keeps())`.
 * `make` is called once for each case.
 */
export function startStopContract(
  make: () => PartUnderTest | Promise<PartUnderTest>,
): [rule: string, keeps: () => Promise<void>][] {
  return Object.entries(rules).map(([rule, check]) => [rule, async () => {
    const under = await make();
    try {
      await check(under);
    } finally {
      await under.part.stop();
      await under.cleanUp?.();
    }
  }]);
}

const rules: Readonly<Record<string, RuleCheck>> = {
  'holds nothing before it is started': async ({ running }) => {
    assert.equal(await running(), 0);
  },
  'runs once it is started, and holds nothing once it is stopped': async (under) => {
    await started(under);
    await stopped(under);
  },
  'changes nothing when it is started twice': async (under) => {
    await started(under);
    const once = await under.running();
    await under.part.start();
    assert.equal(await under.running(), once);
  },
  'may be stopped twice at once, and each call waits for the end': async (under) => {
    await started(under);
    const first = under.part.stop();
    await stopped(under);
    await first;
    await stopped(under);
  },
  'may be stopped before it is started': async (under) => {
    await stopped(under);
  },
  'stays stopped': async (under) => {
    await started(under);
    await stopped(under);
    await under.part.start();
    assert.equal(await under.running(), 0);
  },
  'may be stopped while it starts': async (under) => {
    const starting = under.part.start();
    await stopped(under);
    await starting;
    assert.equal(await under.running(), 0);
  },
  'ends when its signal aborts': async (under) => {
    const over = new AbortController();
    await under.part.start(over.signal);
    await until('the part runs', () => isRunning(under));
    over.abort();
    await until('the part has ended', async () => !(await isRunning(under)));
    await stopped(under);
  },
  'never begins with a signal that has aborted': async (under) => {
    await under.part.start(AbortSignal.abort());
    assert.equal(await under.running(), 0);
    await under.part.start();
    assert.equal(await under.running(), 0);
  },
};

const isRunning = async ({ running }: PartUnderTest): Promise<boolean> => (await running()) > 0;

async function started(under: PartUnderTest): Promise<void> {
  await under.part.start();
  await until('the part runs', () => isRunning(under));
}

async function stopped(under: PartUnderTest): Promise<void> {
  await under.part.stop();
  assert.equal(await under.running(), 0);
}
