import { Queue } from 'bullmq';
import { Random } from '../random.mjs';

/** How long a producer waits for an answer, milliseconds. */
export const deadlineMs = 8_000;
const sendEveryMs = 120;
const churnEveryMs = 900;
const queueName = 'pinky-1';

/** Sends commands by both ways: numbered lines to the games, and starts, stops, restarts and backups. */
export class Producers {
  /** Every command that was sent, by its number. */
  sent = new Map();
  #timers = [];

  /** `confirm` looks whether a replica has a command; undefined where there is none. */
  constructor({ fleet, backend, seed, connection, timeline, confirm }) {
    Object.assign(this, { fleet, backend, timeline, confirm });
    this.random = new Random(seed ^ 0x5eed);
    this.queue = new Queue(queueName, {
      connection: { ...connection, maxRetriesPerRequest: null },
    });
    this.queue.on('error', () => undefined); // Redis is killed all the time
  }

  start() {
    this.#timers = [setInterval(() => this.#line(), sendEveryMs), setInterval(() => this.#churn(), churnEveryMs)];
  }

  stop() {
    for (const timer of this.#timers) clearInterval(timer);
  }

  /** Sends a line to a game, which notes its number. */
  #line() {
    const { serverId, players } = this.random.pick(this.fleet);
    const number = this.sent.size + 1;
    const text = `cmd-${number}`;
    const [name, data] = this.random.pick([
      ['console', { line: `do ${text}` }],
      ['broadcast', { message: text }],
      ...(players > 0 ? [['tell', { user: 'p1', message: text }]] : []),
    ]);
    this.send(name, { serverId, ...data }, true);
  }

  #churn() {
    const churned = this.fleet.filter(({ isChurned }) => isChurned);
    const { serverId, start } = this.random.pick(churned);
    const name = this.random.pick(['start', 'start', 'start', 'start', 'stop', 'restart', 'backup', 'backup', 'list']);
    this.send(name, name === 'start' ? start : { serverId });
  }

  /** `way` is BullMQ (`job`) or the list, at random. `isNumbered`: the game notes the command's number. */
  send(name, data, isNumbered = false, way = this.random.pick(['job', 'list'])) {
    const number = this.sent.size + 1;
    const command = {
      number,
      name,
      serverId: data.serverId,
      way,
      isNumbered,
      at: Date.now(),
      isAccepted: false,
      isConfirmed: false,
    };
    this.sent.set(number, command);
    this.timeline.note(`command ${number}: ${name} ${data.serverId} by ${way}`);
    const wait = isNumbered ? { deadlineMs } : { deadlineMs: 3 * deadlineMs };
    const accepted = way === 'job'
      ? this.queue.add(name, { ...data, ...wait }, { jobId: `c-${number}` })
      : this.backend.push(number, {
        name,
        data: { ...data, ...wait },
        id: number,
        replyTo: 'chaos:answers',
      });
    command.promise = accepted.then(
      async () => {
        command.isAccepted = true;
        command.isConfirmed = (await this.confirm?.(command)) ?? false;
      },
      (error) => {
        command.refused = error.message;
      },
    );
    return command;
  }

  async end() {
    this.stop();
    await this.queue.close().catch(() => undefined);
    await this.queue.disconnect().catch(() => undefined);
  }
}
