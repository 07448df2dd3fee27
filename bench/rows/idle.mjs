import { readFileSync } from 'node:fs';
import { cpuSeconds, hasFileWatch, wakeUps } from '../lib/processes.mjs';
import { msSince, nowNs, sleep } from '../lib/time.mjs';

/** CPU that a hundred idle games cost, in seconds a minute. */
export class Idle {
  name = 'idle';
  stage = 'visit';
  sizes = () => [100];
  #figures = {};
  #unwatched = 0;

  async visit({ fleet, shape, isQuick }) {
    if (shape === 'pinky') await sleep(isQuick ? 8_000 : 20_000); // garbage of the start has been collected
    const before = look(fleet);
    const begun = nowNs();
    await sleep(windowMs(shape, isQuick));
    const minutes = msSince(begun) / 60_000;
    const after = look(fleet);
    if (shape === 'pinky') {
      this.#unwatched = fleet.processes().workers.filter(({ comm, pid }) => comm !== 'sh' && !hasFileWatch(pid)).length;
    }
    this.#figures[shape] = Object.fromEntries(
      Object.keys(after).map((key) => [key, (after[key] - before[key]) / minutes]),
    );
  }

  /**
   * A worker without a file watch looks at its console five times a second instead. The machine limits the watches, and
   * a note says where it did.
   */
  #watches() {
    if (this.#unwatched === 0) return [];
    const limit = readFileSync('/proc/sys/fs/inotify/max_user_instances', 'utf8').trim();
    return [
      `${this.#unwatched} workers found no file watch free (fs.inotify.max_user_instances is ${limit} for all of a ` +
        `user's processes) and look at their consoles 5 times a second`,
    ];
  }

  report() {
    const { floor, pinky } = this.#figures;
    return {
      bare: 'forked Node workers with nothing in them',
      figures: [
        {
          label: 'idle CPU with 100 games, a minute',
          unit: 's',
          pinky: pinky.all,
          bare: floor.all,
          target: 0.5,
          design: 0,
        },
      ],
      notes: [
        `of it workers ${pinky.workers.toFixed(2)} s, queue and supervisor ` +
          `${(pinky.all - pinky.workers).toFixed(2)} s; ${(pinky.wakeUps / 60).toFixed(0)} wake-ups a second; Redis ` +
          `apart ${pinky.redis.toFixed(2)} s`,
        ...this.#watches(),
      ],
    };
  }
}

/** A bare worker does nothing, so a short look is enough. */
const windowMs = (shape, isQuick) => (isQuick ? 6_000 : shape === 'floor' ? 10_000 : 40_000);

function look(fleet) {
  const { all, workers } = fleet.processes();
  return {
    all: cpuSeconds(all),
    workers: cpuSeconds(workers),
    wakeUps: wakeUps(all),
    redis: fleet.redisProcess ? cpuSeconds(fleet.redisProcess()) : 0,
  };
}
