import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gameName, writeFunpacks } from './game-program.mjs';
import { load, root } from './modules.mjs';
import { commandLine, treeOf } from './processes.mjs';
import { Stamps } from './stamps.mjs';
import { until } from './time.mjs';

const { boxPaths, openPeer, redisKeys } = load('@pinky/protocol');
const { Queue, QueueEvents } = load('bullmq');
const { Redis } = load('ioredis');
const run = promisify(execFile);

/** Pinky as people run it: `pinky up --daemonize` in a home of its own, with its private Redis. */
export class PinkyBox {
  #queueEvents;
  #peer;

  constructor(scratch, { game, config = '', hasApi = false, connection }) {
    this.scratch = scratch;
    this.hasApi = hasApi;
    this.connection = connection; // to the operator's own Redis, if the configuration names one
    this.home = scratch.folder();
    this.stamps = new Stamps(join(this.home, 'stamps'));
    this.funpacks = writeFunpacks(this.home, { program: game, stamps: this.stamps.file });
    writeFileSync(join(this.home, 'pinky.yml'), config);
    writeFileSync(join(this.home, 'isolation'), 'none\n'); // for rows whose configuration says nothing of it
  }

  async open() {
    await this.pinky('up', '--daemonize');
    const { processes } = await this.pinky('ps');
    const pid = (role) => processes.find((each) => each.role === role)?.pid;
    this.supervisor = pid('supervisor');
    this.redis = pid('redis-server');
    const { queue, path } = await this.pinky('redis');
    this.connection ??= {
      path,
      password: JSON.parse(readFileSync(boxPaths(this.home).effectiveConfig, 'utf8')).redisPassword,
    };
    this.queue = new Queue(queue, {
      connection: this.connection,
      defaultJobOptions: { removeOnComplete: 1000, removeOnFail: 1000 },
    });
    this.#queueEvents = new QueueEvents(queue, { connection: this.connection });
    this.#queueEvents.on('error', () => undefined); // it comes back by itself, and so does whatever waits for a job
    this.client = new Redis(this.connection);
    await Promise.all([this.queue.waitUntilReady(), this.#queueEvents.waitUntilReady()]);
    this.#peer = await openPeer({ path: boxPaths(this.home).queueSocket }, {});
    this.#peer.send({
      type: 'identify',
      role: 'cli',
      pid: process.pid,
      startTime: '',
      version: 'bench',
    });
    return this;
  }

  /** Runs the command line with `--json`, and answers its JSON. */
  async pinky(...words) {
    const { stdout } = await run(
      process.execPath,
      [join(root, 'packages', 'cli', 'bin', 'pinky'), ...words, '--json'],
      { env: { ...this.scratch.env, PINKY_HOME: this.home, ...(!this.hasApi && { PINKY_API: 'no' }) } },
    );
    return JSON.parse(stdout);
  }

  /** Waits until every server is up: its game has said `started`, and the queue knows it. */
  allUp(ids, timeoutMs = 60_000) {
    return until(`${ids.length} servers up`, async () => {
      const statuses = await this.#peer.request('servers', {}, { deadlineMs: 20_000 });
      const up = new Set(statuses.filter(({ state }) => state === 'up').map(({ serverId }) => serverId));
      return ids.every((id) => up.has(id));
    }, { timeoutMs, everyMs: 50 });
  }

  /** Resolves when the jobs are in the queue. */
  start(ids, form = 'declared') {
    return this.queue.addBulk(
      ids.map((serverId) => ({ name: 'start', data: { serverId, funpack: this.funpacks[form], ram: 64 } })),
    );
  }

  /** Starts one game through the box's own socket. Resolves when it is up. */
  startOne(id) {
    return this.command('start', { serverId: id, funpack: this.funpacks.declared, ram: 64 });
  }

  /** Sends a command by BullMQ, and waits for its answer. */
  async job(name, data) {
    const job = await this.queue.add(name, data);
    return job.waitUntilFinished(this.#queueEvents, 60_000);
  }

  /** Sends a command through the box's own socket, and waits for its answer. */
  command(name, data) {
    return this.#peer.request('command', { name, data }, { deadlineMs: 60_000 });
  }

  say(id, line) {
    return this.command('console', { serverId: id, line });
  }

  stop(id) {
    return this.command('stop', { serverId: id });
  }

  get keys() {
    return redisKeys('1');
  }

  /** All of Pinky's processes without games and Redis. A worker counts with the sh between it and its game. */
  processes() {
    const all = treeOf([this.supervisor]).filter(({ comm, pid }) => comm !== gameName && pid !== this.redis);
    return {
      all,
      workers: all.filter(({ comm, pid }) => comm === 'sh' || commandLine(pid).startsWith('pinky: worker')),
    };
  }

  redisProcess() {
    return treeOf([this.redis]);
  }

  async close() {
    this.#peer?.destroy();
    this.client?.disconnect();
    await Promise.allSettled([this.#queueEvents?.close(), this.queue?.close()]);
    this.scratch.end(this.home);
  }
}
