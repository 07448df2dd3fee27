import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { RedisPair } from '../../trials/chaos/redis/redis-pair.mjs';
import { load } from '../lib/modules.mjs';
import { PinkyBox } from '../lib/pinky-box.mjs';
import { quantile } from '../lib/statistics.mjs';
import { msBetween, nowNs, sleep, until } from '../lib/time.mjs';

const { Queue } = load('bullmq');
const { Redis } = load('ioredis');

/** How the master ends, by the names of the pair's faults, with how long it stays away and the goal, milliseconds. */
const kinds = [
  { fault: 'kill the master', how: { downMs: 8_000 }, what: 'killed: new master → stdin', target: 5_000 },
  { fault: 'SENTINEL FAILOVER', how: {}, what: 'made so by order: new master → stdin', target: 5_000 },
  { fault: 'hold the master', how: { forMs: 20_000 }, what: 'frozen: frozen → stdin', target: 10_000, isWhole: true },
];

/**
 * A Sentinel pair whose master changes, until a job reaches the stdin of a game again. Beside it, in the same
 * failovers: a bare ioredis client with the documented options that waits at a list. Jobs and items are sent to the
 * new master directly, so no producer's own way there is measured.
 */
export class Failover {
  name = 'failover';
  stage = 'lone';
  #times = new Map(kinds.map(({ fault }) => [fault, { pinky: [], bare: [] }]));

  async measure({ scratch, game, isQuick }) {
    const dir = mkdtempSync(join(scratch.dir, 'pair-'));
    const pair = new RedisPair(dir, { lines: ['save ""'] }); // one that refuses no write while it is alone
    const { connection } = pair;
    const box = new PinkyBox(scratch, { game, config: pair.configuration, connection });
    const bare = new BareConsumer(connection);
    try {
      await pair.start();
      await box.open();
      for (const each of [box.queue, box.client]) each.on('error', () => undefined); // they come back by themselves
      await box.start(['g1']);
      await box.allUp(['g1']);
      void bare.begin();
      for (let round = 0; round < (isQuick ? 1 : 5); round++) {
        for (const kind of kinds) await this.#change({ pair, box, bare, kind });
      }
    } finally {
      bare.end();
      await box.close();
      await pair.end();
      rmSync(dir, { recursive: true, force: true });
    }
  }

  async #change({ pair, box, bare, kind: { fault, how, isWhole } }) {
    await pair.settled();
    const old = await pair.master();
    const struckAt = nowNs();
    const struck = pair.faults[fault](how);
    let now;
    await until('there is a new master', async () => {
      now = await pair.master();
      return now !== undefined && now !== old;
    }, { everyMs: 20, timeoutMs: 30_000 });
    const from = isWhole ? struckAt : nowNs();
    const times = this.#times.get(fault);
    const both = await arrivals({ port: now.port, box, bare });
    for (const who of ['pinky', 'bare']) times[who].push(msBetween(from, both[who]));
    const refused = await struck;
    if (refused) throw new Error(`${fault}: ${refused}`);
  }

  report() {
    return {
      bare: 'an ioredis client with the documented options, waiting at a list of the same pair',
      figures: kinds.map(({ fault, what, target }) => ({
        label: `Redis master ${what}, longest`,
        unit: 'ms',
        pinky: quantile(this.#times.get(fault).pinky, 1),
        bare: quantile(this.#times.get(fault).bare, 1),
        target,
      })),
      notes: [`${this.#times.get(kinds[0].fault).pinky.length} failovers of each kind; the pair has three Sentinels`],
    };
  }
}

/** When the first of many lines reached the game, and the first of many items the bare client. */
async function arrivals({ port, box, bare }) {
  const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null };
  const queue = new Queue(box.queue.name, { connection });
  const client = new Redis(connection);
  for (const each of [queue, client]) each.on('error', () => undefined); // it is tried again
  const prefix = `after${nowNs()}`;
  const lineAt = () => {
    for (const [line, { at }] of box.stamps.read().lines) if (line.startsWith(prefix)) return at;
    return undefined;
  };
  try {
    const found = {};
    for (let n = 0; found.pinky === undefined || found.bare === undefined; n++) {
      if (n > 3_000) throw new Error(`nothing reached ${found.bare ? 'the game' : 'the bare client'} any more`);
      if (found.pinky === undefined) await queue.add('console', { serverId: 'g1', line: `${prefix}-${n}` });
      if (found.bare === undefined) await client.rpush(bare.list, prefix);
      await sleep(10);
      found.pinky ??= lineAt();
      found.bare ??= bare.seen.get(prefix);
    }
    return found;
  } finally {
    await queue.close();
    client.disconnect();
  }
}

class BareConsumer {
  list = 'bare';
  /** When the first of each item came. */
  seen = new Map();
  #isOver = false;

  constructor(connection) {
    this.client = new Redis({ ...connection, maxRetriesPerRequest: null });
    this.client.on('error', () => undefined); // it comes back by itself
  }

  async begin() {
    while (!this.#isOver) {
      const answer = await this.client.blpop(this.list, 1).catch(() => sleep(10));
      if (answer && !this.seen.has(answer[1])) this.seen.set(answer[1], nowNs());
    }
  }

  end() {
    this.#isOver = true;
    this.client.disconnect();
  }
}
