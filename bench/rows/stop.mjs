import { quantile } from '../lib/statistics.mjs';
import { jitter, msBetween, msSince, nowNs } from '../lib/time.mjs';

/** From the order to stop a game that stops at once to the answer that it has stopped. */
export class Stop {
  name = 'stop';
  stage = 'pair';
  #samples = { floor: [], socket: [], job: [] };
  #gone = { floor: [], socket: [], job: [] };

  async measure({ floor, pinky, ids }) {
    for (const [place, id] of ids.entries()) {
      await this.#sample('floor', floor, id, () => floor.stop(id));
      if (place % 2 === 0) await this.#sample('socket', pinky, id, () => pinky.stop(id));
      else await this.#sample('job', pinky, id, () => pinky.job('stop', { serverId: id }));
    }
  }

  async #sample(kind, fleet, id, stop) {
    await jitter(30, 90);
    const orderedAt = nowNs();
    await stop();
    this.#samples[kind].push(msSince(orderedAt));
    const exit = fleet.stamps.read().exits.get(id);
    if (!exit) throw new Error(`${id} was said to have stopped, and has not`);
    this.#gone[kind].push(msBetween(orderedAt, exit.at));
  }

  report() {
    const p50 = (samples) => quantile(samples, 0.5);
    const pair = (kind) => `${p50(this.#gone[kind]).toFixed(1)} / ${quantile(this.#samples[kind], 0.95).toFixed(1)}`;
    return {
      bare: 'Node parent, one forked worker per game, over IPC',
      figures: [
        {
          label: "one game stopped, through the box's socket, p50",
          unit: 'ms',
          pinky: p50(this.#samples.socket),
          bare: p50(this.#samples.floor),
          target: 5,
          design: 3,
        },
        {
          label: 'one game stopped, through BullMQ, p50',
          unit: 'ms',
          pinky: p50(this.#samples.job),
          bare: p50(this.#samples.floor),
        },
      ],
      notes: [
        `ms until the game was gone p50 / until the answer p95: socket ${pair('socket')}, BullMQ ${pair('job')}, ` +
          `bare ${pair('floor')}; ${this.#samples.socket.length}, ${this.#samples.job.length} and ` +
          `${this.#samples.floor.length} games, in turns`,
      ],
    };
  }
}
