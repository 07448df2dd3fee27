import { silentLogger } from '@pinky/protocol';
import { FakeClock } from '@pinky/protocol/testing';
import { checkConfig, type GivenConfig } from '../../src/config/check-config';
import { slotEvents, slotStates, slotTable } from '../../src/pool/slot-states';
import type { RunningWorker, WorkerListener } from '../../src/launch/running-worker';
import { WorkerPool } from '../../src/pool/worker-pool';

/** A worker that does as the test says. */
class PoolWorker implements RunningWorker {
  readonly isProcess = true;
  readonly stops: boolean[] = [];
  reloads = 0;

  constructor(readonly id: number, readonly startedAt: number, private readonly listener: WorkerListener) {}

  stop(isGraceful: boolean): void {
    this.stops.push(isGraceful);
  }

  reload(): void {
    this.reloads += 1;
  }

  exit(code: number): void {
    this.listener.onExit({ kind: 'code', code });
  }
}

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

async function makePool(given: GivenConfig = {}) {
  const clock = new FakeClock();
  const workers: PoolWorker[] = [];
  const told = { idle: 0, unrecoverable: 0 };
  let config = checkConfig(given);
  const pool = new WorkerPool({
    clock,
    log: silentLogger,
    random: () => 0.5,
    config: () => config,
    launch: async (id, listener) => {
      const worker = new PoolWorker(id, clock.now(), listener);
      workers.push(worker);
      return worker;
    },
    onUnrecoverable: () => (told.unrecoverable += 1),
    onIdle: () => (told.idle += 1),
    onFailure: (error) => {
      throw error as Error;
    },
  });
  const after = async (ms: number): Promise<void> => {
    await clock.advance(ms);
    await settle();
  };
  pool.scale(config.workers);
  await settle();
  return {
    pool,
    workers,
    told,
    after,
    set: (next: GivenConfig) => (config = checkConfig(next)),
    starts: () => workers.map(({ id, startedAt }) => [id, startedAt]),
  };
}

describe('a pool of workers', () => {
  it('decides every state × event pair', () => {
    for (const state of slotStates) for (const event of slotEvents) expect(slotTable[state][event]).toBeDefined();
  });

  it('starts its workers start_worker_delay apart', async () => {
    const { starts, after } = await makePool({ workers: 3, startWorkerDelay: 1 });
    await after(1000);
    await after(1000);
    expect(starts()).toEqual([[0, 0], [1, 1000], [2, 2000]]);
  });

  it('obeys a stop during a start delay: the waiting start does not happen', async () => {
    const { pool, workers, told, after } = await makePool({ workers: 2, startWorkerDelay: 5 });
    pool.stop(true);
    workers[0]?.exit(0);
    await after(20_000);
    expect(workers).toHaveLength(1);
    expect(told.idle).toBeGreaterThan(0);
  });

  it('starts a worker again at once, but one that keeps failing after growing pauses', async () => {
    const { workers, after } = await makePool();
    const pauses: number[] = [];
    for (let crash = 0; crash < 4; crash += 1) {
      const count = workers.length;
      workers.at(-1)?.exit(1);
      await settle();
      let waitedMs = 0;
      for (; workers.length === count; waitedMs += 10) await after(10);
      pauses.push(waitedMs);
    }
    expect(pauses).toEqual([0, 90, 180, 360]); // 0, 100, 200, 400 less the jitter of a tenth
  });

  it('waits restart_worker_interval after every end, and does not wait if that is 0', async () => {
    const waits = await makePool({ restartWorkerInterval: 2 });
    waits.workers[0]?.exit(1);
    await waits.after(1999);
    expect(waits.workers).toHaveLength(1);
    await waits.after(1);
    expect(waits.workers).toHaveLength(2);
    const hurries = await makePool({ restartWorkerInterval: 0 });
    for (let crash = 0; crash < 5; crash += 1) {
      hurries.workers.at(-1)?.exit(1);
      await settle();
    }
    expect(hurries.workers).toHaveLength(6);
  });

  it('stops the surplus gracefully when scaled down, and starts it again when scaled up meanwhile', async () => {
    const { pool, workers } = await makePool({ workers: 3 });
    pool.scale(1);
    expect(workers.map(({ stops }) => stops)).toEqual([[], [true], [true]]);
    pool.scale(3);
    workers[1]?.exit(0);
    workers[2]?.exit(0);
    await settle();
    expect(workers.map(({ id }) => id)).toEqual([0, 1, 2, 1, 2]);
  });

  it('replaces each worker by itself at a restart, without waiting for the slowest one', async () => {
    const { pool, workers } = await makePool({ workers: 2 });
    pool.restart(true);
    workers[1]?.exit(0);
    await settle();
    expect(workers.map(({ id }) => id)).toEqual([0, 1, 1]);
  });

  it('hands on an immediate stop at once, even during a graceful one', async () => {
    const { pool, workers } = await makePool();
    pool.stop(true);
    pool.stop(false);
    expect(workers[0]?.stops).toEqual([true, false]);
  });

  it('starts a worker that ended with an unrecoverable code again only at a restart', async () => {
    const { pool, workers, told } = await makePool({ workers: 2, unrecoverableExitCodes: [3] });
    workers[1]?.exit(3);
    await settle();
    expect([workers.length, told.unrecoverable, pool.exitCode]).toEqual([2, 1, 3]);
    pool.restart(true);
    workers[0]?.exit(0);
    await settle();
    expect(workers.map(({ id }) => id)).toEqual([0, 1, 1, 0]);
    expect(pool.exitCode).toBeUndefined();
  });

  it('is idle once the last worker has ended for good, and answers its exit code', async () => {
    const { pool, workers, told } = await makePool({ workers: 2, unrecoverableExitCodes: [3, 4] });
    workers[1]?.exit(3);
    workers[0]?.exit(4);
    await settle();
    expect([told.idle, pool.exitCode]).toEqual([1, 4]);
  });
});
