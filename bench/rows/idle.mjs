import { cpuSeconds, wakeUps } from '../lib/processes.mjs';
import { msSince, nowNs, sleep } from '../lib/time.mjs';

/** CPU that a hundred idle games cost, in seconds a minute. */
export class Idle {
  name = 'idle';
  stage = 'visit';
  sizes = () => [100];
  #figures = {};

  async visit({ fleet, shape, isQuick }) {
    if (shape === 'pinky') await sleep(isQuick ? 8_000 : 20_000); // collections of garbage that follow a start are over
    const before = look(fleet);
    const begun = nowNs();
    await sleep(windowMs(shape, isQuick));
    const minutes = msSince(begun) / 60_000;
    const after = look(fleet);
    this.#figures[shape] = Object.fromEntries(Object.keys(after).map((key) => [key, (after[key] - before[key]) / minutes]));
  }

  report() {
    const { floor, pinky } = this.#figures;
    return {
      bare: 'forked Node workers with nothing in them',
      figures: [{ label: 'idle CPU with 100 games, a minute', unit: 's', pinky: pinky.all, bare: floor.all, target: 0.5, design: 0 }],
      notes: [`of it workers ${pinky.workers.toFixed(2)} s, queue and supervisor ${(pinky.all - pinky.workers).toFixed(2)} s; ${(pinky.wakeUps / 60).toFixed(0)} wake-ups a second; Redis apart ${pinky.redis.toFixed(2)} s`],
    };
  }
}

/** A bare worker does nothing at all, so a short look is enough. */
const windowMs = (shape, isQuick) => (isQuick ? 6_000 : shape === 'floor' ? 10_000 : 40_000);

function look(fleet) {
  const { all, workers } = fleet.processes();
  return { all: cpuSeconds(all), workers: cpuSeconds(workers), wakeUps: wakeUps(all), redis: fleet.redisProcess ? cpuSeconds(fleet.redisProcess()) : 0 };
}
