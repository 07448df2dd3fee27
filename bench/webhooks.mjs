// The cost of webhooks: the publish script with and without an outbox, and deliveries from the outbox beside a queue of
// BullMQ. `npm run build && node bench/webhooks.mjs`. It starts a redis-server of its own.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as rest } from 'node:timers/promises';
import { Scratch } from './lib/scratch.mjs';

const require = createRequire(import.meta.url);
const queue = require('../packages/queue/package.json').name;
const fromQueue = createRequire(require.resolve(`${queue}/client`));
const { Redis } = fromQueue('ioredis');
const { Queue, Worker } = fromQueue('bullmq');
const { publishBatch } = require('../packages/queue/dist/publish/publish-script.js');
const { outboxLimits } = require('../packages/queue/dist/publish/outbox.js');
const { OutboxReader } = require('../packages/webhooks/dist/outbox/outbox-reader.js');
const { OutboxStore } = require('../packages/webhooks/dist/outbox/outbox-store.js');
const { redisKeys } = require('../packages/protocol/dist/index.js');

const batches = 2_000;
const perBatch = 20;
const endpoints = 2;
const deliveries = 5_000;
const keys = redisKeys('bench');
const scratch = new Scratch();
const dir = scratch.folder();
const path = join(dir, 'redis.sock');
spawn('redis-server', ['--port', '0', '--unixsocket', path, '--dir', dir, '--save', ''], {
  stdio: 'ignore',
  env: scratch.env,
});
const client = new Redis({ path, retryStrategy: () => 20, maxRetriesPerRequest: null });
client.on('error', () => undefined);

const fence = { key: keys.owner, claim: '1-bench' };
const fenced = { client, fence };
const connection = { run: (_what, call) => call(client), write: (_what, call) => call(fenced) };
let offset = 0;
const event = (n) => JSON.stringify({
  event: 'server_event', type: 'chat', server_id: 's1', pinky_id: 'bench', ts: new Date(0).toISOString(),
  user: 'ada', message: randomBytes(30).toString('hex'), id: `s1:r1:${n}`,
});

function batch() {
  const events = Array.from({ length: perBatch }, () => {
    const start = offset;
    offset += 10;
    return { stream: 'console', start, end: offset, json: event(start) };
  });
  return { type: 'events', serverId: 's1', run: 'r1', console: offset, journal: 0, events };
}

const memory = async () => Number(/used_memory:(\d+)/.exec(await client.info('memory'))[1]);
/** CPU of Redis, and of this process, in microseconds. */
async function cpu() {
  const info = await client.info('cpu');
  const of = (name) => Number(new RegExp(`used_cpu_${name}:([\\d.]+)`).exec(info)[1]) * 1e6;
  const { user, system } = process.cpuUsage();
  return { redis: of('sys') + of('user'), node: user + system };
}

/** Microseconds of Redis and of Node, and of time, for each of `count` things. */
async function measured(count, work) {
  const [from, began] = [await cpu(), performance.now()];
  await work();
  const [to, ended] = [await cpu(), performance.now()];
  const each = (us) => (us / count).toFixed(1);
  const [redisUs, nodeUs] = [each(to.redis - from.redis), each(to.node - from.node)];
  return `${redisUs} µs of Redis, ${nodeUs} µs of Node, ${each((ended - began) * 1e3)} µs of time`;
}

async function fresh() {
  await client.flushall();
  await client.hset(fence.key, 'claim', fence.claim);
  offset = 0;
}

async function publishing(outbox) {
  await fresh();
  const to = { cursor: keys.cursor('s1'), events: keys.events, serverState: keys.serverState('s1') };
  let known = { run: '', console: 0, journal: 0 };
  const all = Array.from({ length: batches }, batch);
  return measured(batches, async () => {
    for (const one of all) ({ cursor: known } = await publishBatch(fenced, to, one, 100_000, known, outbox));
  });
}

/** Two endpoints read, and note how far they are after each event, as a lane does. */
async function fromOutbox() {
  await fresh();
  const before = await memory();
  const target = { stream: keys.outbox, counts: keys.outboxCounts, ...outboxLimits };
  const to = { cursor: keys.cursor('s1'), events: 'unused', serverState: keys.serverState('s1') };
  for (let n = 0; n < deliveries; n += perBatch) await publishBatch(fenced, to, batch(), 1, undefined, target);
  const bytes = ((await memory()) - before) / deliveries;
  const store = new OutboxStore(connection, keys);
  const lane = async (id) => {
    const reader = new OutboxReader(store);
    let bookmark = { cursor: '0-0', n: 0 };
    for (let left = deliveries; left > 0; left--) {
      ({ bookmark } = await reader.next(bookmark, () => true, 1));
      await store.commit(id, { state: JSON.stringify({ bookmark, failures: 0, accepted: left }) });
    }
  };
  const cost = await measured(deliveries * endpoints, () => Promise.all(['a', 'b'].map(lane)));
  return `${bytes.toFixed(0)} bytes of Redis for each event that waits; each delivery ${cost}`;
}

/** Two endpoints with a queue each, whose worker takes one job at a time, as their order asks for. */
async function fromBullMq() {
  await fresh();
  const queues = ['a', 'b'].map((name) => new Queue(`hooks-${name}`, { connection: { path } }));
  const before = await memory();
  for (let n = 0; n < deliveries; n++) {
    const data = { json: event(n * 10) };
    const options = { attempts: 10, removeOnComplete: true, jobId: `s1_r1_${n}` };
    await Promise.all(queues.map((one) => one.add('deliver', data, options)));
  }
  const bytes = ((await memory()) - before) / deliveries;
  const cost = await measured(deliveries * endpoints, async () => {
    const workers = queues.map(({ name }) => {
      const options = { connection: { path, maxRetriesPerRequest: null }, concurrency: 1, autorun: false };
      return new Worker(name, async () => 'taken', options);
    });
    const runs = workers.map((one) => one.run());
    while ((await Promise.all(queues.map((one) => one.count()))).some((left) => left > 0)) await rest(20);
    await Promise.all(workers.map((one) => one.close()));
    await Promise.all(runs);
  });
  await Promise.all(queues.map((one) => one.close()));
  return `${bytes.toFixed(0)} bytes of Redis for each event that waits; each delivery ${cost}`;
}

try {
  while (client.status !== 'ready') await rest(10);
  const target = { stream: keys.outbox, counts: keys.outboxCounts, ...outboxLimits };
  await publishing(undefined); // warms up
  for (let turn = 1; turn <= 2; turn++) {
    console.log(`a batch of ${perBatch} events, no webhook: ${await publishing(undefined)}`);
    console.log(`a batch of ${perBatch} events, outbox:     ${await publishing(target)}`);
  }
  console.log(`from the outbox: ${await fromOutbox()}`);
  console.log(`from BullMQ:     ${await fromBullMq()}`);
} finally {
  client.disconnect();
  scratch.remove();
}
