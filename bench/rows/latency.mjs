import { BareQueue } from '../lib/floor.mjs';
import { load } from '../lib/modules.mjs';
import { quantile } from '../lib/statistics.mjs';
import { jitter, msBetween, nowNs, sleep, until } from '../lib/time.mjs';

const { Queue } = load('bullmq');

/**
 * From the call of `queue.add` to the game's read() of the line. Beside it: to the processor of a bare BullMQ worker.
 */
export class Latency {
  name = 'latency';
  stage = 'pair';
  #pinky = [];
  #bare = [];

  async measure({ pinky, ids, scratch, isQuick }) {
    const count = isQuick ? 100 : 500;
    const bareQueue = new Queue('bare', {
      connection: pinky.connection,
      defaultJobOptions: { removeOnComplete: true },
    });
    const bare = await new BareQueue().open(scratch, pinky.connection, 'bare');
    try {
      // Only a connected player can be told something.
      for (const name of ['warm', 'ping']) await pinky.say(ids[0], `join ${name}`);
      const players = async () => (await pinky.job('list', { serverId: ids[0] })).players;
      await until('two players are connected', async () => (await players()).length === 2);
      // Both ends compile what they run.
      await this.#sample({
        pinky,
        bareQueue,
        id: ids[0],
        count: 20,
        name: 'warm',
      });
      const sent = await this.#sample({
        pinky,
        bareQueue,
        id: ids[0],
        count,
        name: 'ping',
      });
      await until('the last line is on stdin', () => pinky.stamps.read().lines.has(lineOf('ping', count - 1)));
      await sleep(100);
      const arrivals = await bare.arrivals();
      for (const { line, pinkyAt, bareAt } of sent) {
        this.#pinky.push(msBetween(pinkyAt, pinky.stamps.lines.get(line).at));
        this.#bare.push(msBetween(bareAt, arrivals.get(line)));
      }
    } finally {
      bare.close();
      await bareQueue.close();
    }
  }

  /** One job to Pinky and one to the bare worker, in turns, each on an idle queue. */
  async #sample({ pinky, bareQueue, id, count, name }) {
    const sent = [];
    for (let n = 0; n < count; n++) {
      const line = lineOf(name, n);
      const pinkyAt = nowNs();
      await pinky.queue.add(...jobFor(n, id, line));
      await jitter(6, 10);
      const bareAt = nowNs();
      await bareQueue.add('console', { serverId: id, line });
      await jitter(6, 10);
      sent.push({ line, pinkyAt, bareAt });
    }
    return sent;
  }

  report() {
    const figure = (q, target, design) => ({
      label: `queue.add → the game's stdin, p${q * 100}`,
      unit: 'ms',
      pinky: quantile(this.#pinky, q),
      bare: quantile(this.#bare, q),
      target,
      design,
    });
    return {
      bare: 'BullMQ alone, add → process, on the same Redis',
      figures: [figure(0.5, 1.6, 1.03), figure(0.99, 6, 3.9)],
      notes: [`${this.#pinky.length} jobs each, in turns, one per 16 ms: tell, broadcast and console`],
    };
  }
}

/** `tell a b` becomes the line `tell a b` in the game's dialect, `broadcast a` becomes `say a`. */
const lineOf = (name, n) => [`tell ${name} ${n}`, `say ${name} ${n}`, `${name} ${n}`][n % 3];

function jobFor(n, serverId, line) {
  const words = line.split(' ');
  if (n % 3 === 0) return ['tell', { serverId, user: words[1], message: words[2] }];
  if (n % 3 === 1) return ['broadcast', { serverId, message: words.slice(1).join(' ') }];
  return ['console', { serverId, line }];
}
