import { fork } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gameName } from './game-program.mjs';
import { treeOf } from './processes.mjs';
import { Stamps } from './stamps.mjs';

const program = (name) => fileURLToPath(new URL(`../floor/${name}`, import.meta.url));

/**
 * Bare Node: a parent and one forked worker for each game, with orders over IPC. `follow: { restMs }` is for console
 * files.
 */
export class Floor {
  #parent;
  #waiting = new Map();

  constructor(scratch, { game, follow }) {
    this.options = { scratch, game, follow };
    this.home = scratch.folder();
    this.stamps = new Stamps(join(this.home, 'stamps'));
  }

  async open() {
    const { scratch } = this.options;
    this.#parent = fork(program('parent.cjs'), [], { execArgv: [], env: { ...scratch.env, PINKY_BENCH: this.home } });
    this.#parent.on('message', (message) => this.#hear(message));
    await this.#answer('ready');
    return this;
  }

  /** Starts one game. Resolves when its worker says that it is up. */
  async startOne(id) {
    const up = this.#answer(`up ${id}`);
    await this.start([id], { tellsUp: true });
    await up;
  }

  /** Resolves when the order was given. */
  start(ids, more = {}) {
    const { game, follow } = this.options;
    this.#parent.send({
      start: ids.map((id) => ({
        id,
        program: game,
        args: ['--stamps', this.stamps.file, '--id', id],
        console: join(this.home, `${id}.console`),
        follow,
        ...more,
      })),
    });
    return Promise.resolve();
  }

  /** One line to a game's stdin. */
  say(id, line) {
    this.#parent.send({ to: id, line });
    return Promise.resolve();
  }

  /** Resolves when the worker says that its game has ended. */
  stop(id) {
    const stopped = this.#answer(`stopped ${id}`);
    this.#parent.send({ to: id, line: 'stop' });
    return stopped;
  }

  /** How many chat lines the workers have read, of all games. */
  async chatLines(ids) {
    const counts = Promise.all(ids.map((id) => this.#answer(`counted ${id}`)));
    this.#parent.send({ count: true });
    return (await counts).reduce((total, { lines }) => total + lines, 0);
  }

  /** Parent and workers. */
  processes() {
    const all = treeOf([this.#parent.pid]).filter(({ comm }) => comm !== gameName);
    return { all, workers: all.filter(({ pid }) => pid !== this.#parent.pid) };
  }

  close() {
    this.options.scratch.end(this.home);
  }

  #answer(key) {
    return new Promise((done) => { this.#waiting.set(key, done); });
  }

  #hear(message) {
    const [kind] = ['up', 'stopped', 'counted'].filter((each) => message[each] !== undefined);
    const key = kind === undefined ? 'ready' : `${kind} ${message[kind]}`;
    this.#waiting.get(key)?.(message);
    this.#waiting.delete(key);
  }
}

/** The other end of a producer without Pinky: a BullMQ worker in a process of its own. */
export class BareQueue {
  #child;

  async open(scratch, connection, queue) {
    this.#child = fork(program('bullmq-worker.cjs'), [JSON.stringify(connection), queue], {
      execArgv: [],
      env: scratch.env,
    });
    await new Promise((done, failed) => {
      this.#child.once('message', done);
      this.#child.once('exit', () => failed(new Error('the bare BullMQ worker ended at its start')));
    });
    return this;
  }

  /** When each job's processor was called, by its line. Nanoseconds. */
  async arrivals() {
    const answer = new Promise((done) => { this.#child.once('message', done); });
    this.#child.send({ report: true });
    return new Map(Object.entries((await answer).arrivals).map(([line, at]) => [line, BigInt(at)]));
  }

  close() {
    this.#child.disconnect();
  }
}
