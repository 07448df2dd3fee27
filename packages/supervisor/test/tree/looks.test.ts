import { FakeClock } from '@pinky/protocol/testing';
import { childSpec, identify, ProcessTree } from '../../src';
import { defaultLadderOptions } from '../../src/terminate/ladder';

/** Notes every wait that the tree asks it for. Milliseconds. */
class WaitingClock extends FakeClock {
  readonly waits: number[] = [];

  override after(ms: number, action: () => void): () => void {
    this.waits.push(ms);
    return super.after(ms, action);
  }
}

/** Its urgent request does nothing: the process that gets it here is the test's own. */
const spec = (heartbeatTimeoutMs: number) => childSpec({
  command: 'unused',
  ladder: { ...defaultLadderOptions, immediateSignal: 'SIGCONT', heartbeatTimeoutMs },
});

describe('the looks of a tree at what time has brought', () => {
  let clock: WaitingClock;
  let tree: ProcessTree;
  let stalledAt: number | undefined;
  beforeEach(() => {
    clock = new WaitingClock();
    stalledAt = undefined;
    tree = new ProcessTree({
      clock,
      longestTickMs: 5_000,
      onEvent: ({ type }) => { if (type === 'stalled') stalledAt ??= clock.now(); },
    });
  });
  afterEach(() => tree.release());

  /** This test's own process stands for one that another parent started. */
  const adopt = (heartbeatTimeoutMs: number): void =>
    void tree.adopt('a', spec(heartbeatTimeoutMs), identify(process.pid)!);
  const nextWait = async (): Promise<number | undefined> => {
    await clock.advance(clock.waits.at(-1) ?? 0);
    return clock.waits.at(-1);
  };

  it('come twice a second while nobody but a look can tell of a child\'s end', async () => {
    adopt(180_000);
    expect(clock.waits).toEqual([500]);
    expect(await nextWait()).toBe(500);
  });

  it('come rarely where a connection tells of the end, and silence has a long limit', async () => {
    adopt(180_000);
    tree.connectionHeld('a', true);
    expect(await nextWait()).toBe(5_000);
    tree.connectionHeld('a', false);
    expect(clock.waits.at(-1)).toBe(500);
  });

  it('come as often as a short limit of silence needs them', async () => {
    adopt(180_000);
    tree.connectionHeld('a', true);
    await nextWait();
    tree.update('a', spec(20_000));
    expect(clock.waits.at(-1)).toBe(1_000);
  });

  it('find a silence a twentieth of its limit late at most', async () => {
    adopt(40_000);
    tree.connectionHeld('a', true);
    while (stalledAt === undefined && clock.now() < 60_000) await clock.advance(100);
    expect(stalledAt).toBeGreaterThanOrEqual(40_000);
    expect(stalledAt).toBeLessThanOrEqual(42_000);
  });

  it('end with the tree', () => {
    adopt(40_000);
    expect(clock.sleeping).toBe(1);
    tree.release();
    expect(clock.sleeping).toBe(0);
  });
});
