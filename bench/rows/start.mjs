import { Floor } from '../lib/floor.mjs';
import { PinkyBox } from '../lib/pinky-box.mjs';
import { median, quantile } from '../lib/statistics.mjs';
import { jitter, msSince, nowNs } from '../lib/time.mjs';

/** From one call that orders a hundred games to the first instruction of the last one. */
export class Start {
  name = 'start';
  stage = 'visit';
  isRepeated = true;
  sizes = () => [100];
  #samples = { floor: [], pinky: [] };

  visit({ shape, startMs }) {
    this.#samples[shape].push(startMs / 1000);
  }

  report() {
    const { floor, pinky } = this.#samples;
    const each = (samples) => samples.map((seconds) => seconds.toFixed(2)).join(', ');
    return {
      bare: 'Node parent, one forked worker per game',
      figures: [
        {
          label: "100 games started at once, to the last one's start",
          unit: 's',
          pinky: median(pinky),
          bare: median(floor),
          target: 2,
          design: 1.33,
        },
      ],
      notes: [
        `each run: Pinky ${each(pinky)} s, bare ${each(floor)} s; Pinky from addBulk on, with what a start is: ` +
          'port, funpack, folders, state',
      ],
    };
  }
}

/** So much longer than on bare Node a lone start may take. */
const mostTimes = 1.3;

/** From the order to start one game, where nothing else happens, to the answer that it is up. */
export class LoneStart {
  name = 'lone-start';
  stage = 'lone';
  #samples = { floor: [], pinky: [] };

  async measure({ scratch, game, isQuick }) {
    const fleets = { floor: new Floor(scratch, { game }), pinky: new PinkyBox(scratch, { game }) };
    try {
      for (const fleet of Object.values(fleets)) await fleet.open();
      await this.#round(fleets, 'first'); // it brings the funpack, and both compile what they run
      this.#samples = { floor: [], pinky: [] };
      for (let n = 1; n <= (isQuick ? 8 : 40); n++) await this.#round(fleets, `g${n}`);
    } finally {
      fleets.floor.close();
      await fleets.pinky.close();
    }
  }

  async #round(fleets, id) {
    for (const [kind, fleet] of Object.entries(fleets)) {
      await jitter(250, 500); // what the stop before has left to do is done
      const orderedAt = nowNs();
      await fleet.startOne(id);
      this.#samples[kind].push(msSince(orderedAt));
      if (!fleet.stamps.read().latest.has(id)) throw new Error(`${id} was said to be up, and has not started`);
      await fleet.stop(id);
    }
  }

  report() {
    const { floor, pinky } = this.#samples;
    const figure = (q) => ({
      label: `one game started alone, to up, p${q * 100}`,
      unit: 'ms',
      pinky: quantile(pinky, q),
      bare: quantile(floor, q),
    });
    const target = Number((mostTimes * quantile(floor, 0.5)).toPrecision(3));
    return {
      bare: 'Node parent that forks one worker, which spawns the game',
      figures: [{ ...figure(0.5), target, design: quantile(floor, 0.5) }, figure(0.95)],
      notes: [`${pinky.length} starts each, in turns, through the box's socket; each boots a worker`],
    };
  }
}
