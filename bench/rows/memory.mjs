import { memoryOf } from '../lib/processes.mjs';
import { sleep } from '../lib/time.mjs';

/**
 * How long a fleet rests before it counts as idle, milliseconds: V8's memory reducer gives back what a start needed
 * some 8 s after it. A note tells what was used shortly after the start.
 */
const soonMs = 3_000;
const idleMs = 15_000;

/** The memory of everything around 1, 20 and 100 idle games. */
export class Memory {
  name = 'memory';
  stage = 'visit';
  sizes = (isQuick) => (isQuick ? [100] : [1, 20, 100]);
  #figures = { floor: new Map(), pinky: new Map() };
  #isQuick = false;

  async visit({ fleet, shape, size, isQuick }) {
    this.#isQuick = isQuick;
    await sleep(soonMs);
    const soon = await memoryOf(fleet.processes().workers);
    await sleep(idleMs - soonMs);
    const { all, workers } = fleet.processes();
    this.#figures[shape].set(size, {
      soon,
      all: await memoryOf(all),
      workers: await memoryOf(workers),
      ...(fleet.redisProcess && { redis: await memoryOf(fleet.redisProcess()) }),
    });
  }

  report() {
    const { floor, pinky } = this.#figures;
    const target = (size) => (size === 100 ? { target: 9, design: 6.5 } : {});
    const figures = this.sizes(this.#isQuick).map((size) => ({
      label: `memory per idle game at ${size}`,
      unit: 'MiB',
      ...target(size),
      pinky: pinky.get(size).workers.pss / size,
      bare: floor.get(size).workers.pss / size,
    }));
    const perGame = (map) =>
      [...map].map(([size, { soon }]) => `${(soon.pss / size).toFixed(1)} at ${size}`).join(', ');
    const all = (map, field) => [...map].map(([size, entry]) => `${entry.all[field].toFixed(0)} at ${size}`).join(', ');
    return {
      bare: 'forked Node workers with nothing in them',
      figures: [
        ...figures,
        {
          label: 'the same with supervisor and queue, at 100',
          unit: 'MiB',
          pinky: pinky.get(100).all.pss / 100,
          bare: floor.get(100).all.pss / 100,
        },
      ],
      notes: [
        `PSS of each worker and of the sh between it and its game, ${idleMs / 1000} s after the last start; ` +
          `${soonMs / 1000} s after it: ${perGame(pinky)}, bare ${perGame(floor)}`,
        `all of Pinky, PSS in MiB: ${all(pinky, 'pss')} (private ${all(pinky, 'private')}, resident ` +
          `${all(pinky, 'resident')}); bare ` +
          `${all(floor, 'pss')}; Redis apart ` +
          `${[...pinky].map(([size, { redis }]) => `${redis.pss.toFixed(0)} at ${size}`).join(', ')}`,
      ],
    };
  }
}
