import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lookFor } from '@pinky/protocol/testing';
import { wrapperOf } from '../../pinky-processes.mjs';
import { isAlive, signal } from '../../processes.mjs';
import { Ballast } from './ballast.mjs';
import { poison } from './poison.mjs';
import { removeSocket } from './removed-socket.mjs';
import { Rival } from './rival.mjs';
import { disturb } from './stranger.mjs';

/** How long a process that is to be hit may take to appear, milliseconds. */
const appearMs = 3_000;
/** How long a supervisor that leaves may finish what is in hand, milliseconds. */
const leaveMs = 30_000;

/** Makes the faults of the plan. Each fault is a promise that ends with the fault. */
export class Saboteur {
  /** How often each fault was made, and how often it was skipped. */
  counts = new Map();
  skipped = new Map();
  /** When the last full disk was emptied. */
  diskFreeAt = 0;
  fullDisks = 0;
  #lasting = new Set();
  #held = new Set();

  /** `victims` collects the games that are killed on purpose, as `pid-start time`. */
  constructor(parts) {
    const { box, clock, redis, fleet, keeper, producers, backend, timeline, lifeOf, victims } = parts;
    Object.assign(this, { box, clock, redis, fleet, keeper, producers, backend, timeline, lifeOf, victims });
    this.churned = fleet.filter(({ isChurned }) => isChurned);
  }

  /** Plans count twenty servers, of which four are churned. A small box has fewer. */
  #serverAt(place) {
    return this.fleet[place % this.fleet.length].serverId;
  }

  #churnedAt(place) {
    return this.churned[place % this.churned.length].serverId;
  }

  begin(step) {
    const done = this.#make(step)
      .then(
        (problem) => {
          const to = problem === undefined ? this.counts : this.skipped;
          to.set(step.fault, (to.get(step.fault) ?? 0) + 1);
          if (problem !== undefined) this.timeline.say(`  (skipped: ${step.fault}: ${problem})`);
        },
        (error) => this.timeline.violation(`the saboteur failed at ${step.fault}: ${error.stack}`),
      )
      .finally(() => this.#lasting.delete(done));
    this.#lasting.add(done);
  }

  /** Resolves when the last fault has ended. */
  async over() {
    while (this.#lasting.size > 0) await Promise.all(this.#lasting);
  }

  /** Lets go of whatever is held, at once. */
  release() {
    for (const identity of this.#held) this.box.goOn(identity);
    this.redis.release();
    for (const disk of ['home', 'servers']) new Ballast(this.box.disk(disk)).remove();
  }

  /** Resolves with why the fault could not be made, or with undefined. */
  #make(step) {
    const [verb, ...words] = step.fault.split(' ');
    const known = this.#special[step.fault] ?? this.redis.faults[step.fault];
    if (known) return known(step);
    const role = words[0];
    if (verb === 'kill' && role === 'game') return this.#killGame(step);
    if (verb === 'kill') return this.#kill(role, step);
    if (verb === 'hold') return this.#hold(role, step);
    throw new Error(`unknown fault ${step.fault}`);
  }

  #special = {
    'kill everything of Pinky': async ({ downMs }) => {
      const back = this.keeper.returnAfter(downMs);
      const all = this.box.processes();
      for (const { identity } of all) signal(identity, 'SIGKILL');
      await back;
      return all.length > 0 ? undefined : 'nothing runs';
    },
    'cut Redis connections': async () => {
      const cut = await Promise.race([
        this.backend.redis.client('KILL', 'TYPE', 'normal', 'SKIPME', 'no').then(
          () => true,
          () => true,
        ),
        sleep(2_000),
      ]);
      return cut ? undefined : 'Redis is away';
    },
    'poison jobs': async () => this.#outcome('poison jobs', await poison(this.producers.queue)),
    'a second box with the same name': async () =>
      this.#accuse('a second box', await new Rival(this.box, this.redis.address).challenge()),
    'FLUSHALL (but for events and commands)': async () => {
      // With the owner's key gone, a home that runs may have the name of one that does not.
      if (!this.box.one('queue')) return 'no queue to write the keys again';
      const removed = await Promise.race([this.backend.flush().catch(() => 0), sleep(2_000)]);
      return removed > 0 ? undefined : 'Redis is away';
    },
    'socket removed': async ({ name }) => this.#outcome('a removed socket', await removeSocket(this.box, name)),
    'strangers at the sockets': async ({ bytes }) => {
      await disturb(['supervisor.sock', 'queue.sock'].map((name) => join(this.box.home, name)), bytes);
    },
    'INT, then up': (step) => this.#detach(step),
    'USR1 (fresh processes, one by one)': () => this.#signal('supervisor', 'SIGUSR1'),
    'HUP (fresh processes at once)': () => this.#signal('supervisor', 'SIGHUP'),
    'HUP worker': ({ server }) => this.#signal('worker', 'SIGHUP', this.#serverAt(server)),
    'USR1 worker (restart of its game)': ({ churned }) =>
      this.#signal('worker', 'SIGUSR1', this.#churnedAt(churned)),
    'USR2 (reload)': () => this.#signal('supervisor', 'SIGUSR2'),
    'CONT (dump)': () => this.#signal('supervisor', 'SIGCONT'),
    'full disk under $SERVERS': (step) => this.#fill('servers', step),
    'full disk under $PINKY_HOME': (step) => this.#fill('home', step),
    'clock jump': (step) => this.#jump(step),
  };

  #outcome(who, { skipped, wrong }) {
    this.#accuse(who, wrong);
    return skipped;
  }

  #accuse(who, wrong) {
    if (wrong !== undefined) this.timeline.violation(`${who}: ${wrong}`);
  }

  async #find(role, { server, churned }) {
    if (role === 'runner') return this.#runner(this.#churnedAt(churned));
    if (role === 'wrapper') {
      const identity = wrapperOf(join(this.box.servers, this.#serverAt(server)));
      return identity && { identity };
    }
    return this.box.one(role, server === undefined ? undefined : this.#serverAt(server));
  }

  /** A funpack-runner at work: asks for the backup of a server that is up, and waits for the process that makes it. */
  async #runner(wanted) {
    const up = [wanted, ...this.churned.map(({ serverId }) => serverId)].find((serverId) => this.lifeOf(serverId));
    if (up === undefined) return undefined;
    this.producers.send('backup', { serverId: up });
    return lookFor(() => this.box.one('funpack-runner'), { timeoutMs: appearMs });
  }

  async #kill(role, step) {
    const found = await this.#find(role, step);
    const back = role === 'supervisor' && this.keeper.returnAfter(step.downMs);
    const isHit = found && signal(found.identity, 'SIGKILL');
    await back;
    return isHit ? undefined : `no ${role} to hit just now`;
  }

  async #killGame({ server }) {
    const life = this.lifeOf(this.#serverAt(server));
    if (!life) return 'no game to hit just now';
    this.victims.add(life.boot);
    return signal(life.boot, 'SIGKILL') ? undefined : 'no game to hit just now';
  }

  async #hold(role, step) {
    const found = await this.#find(role, step);
    if (!found || !signal(found.identity, 'SIGSTOP')) return `no ${role} to hit just now`;
    this.#held.add(found.identity);
    await sleep(step.forMs);
    this.box.goOn(found.identity);
    this.#held.delete(found.identity);
    return undefined;
  }

  async #signal(role, name, serverId) {
    const found = this.box.one(role, serverId);
    const isSent = found && (name === 'SIGCONT' ? this.box.goOn(found.identity) : signal(found.identity, name));
    return isSent ? undefined : `no ${role} to hit just now`;
  }

  /** A supervisor that leaves finishes what is in hand first. The fault lasts until another has come up. */
  async #detach({ downMs }) {
    const leaving = this.box.one('supervisor');
    if (!leaving || !signal(leaving.identity, 'SIGINT')) return 'no supervisor to hit just now';
    await lookFor(() => !isAlive(leaving.identity), { timeoutMs: leaveMs, everyMs: 50 });
    await this.keeper.returnAfter(downMs);
    return undefined;
  }

  async #fill(disk, { forMs }) {
    if (this.box.noDisks) return this.box.noDisks;
    const ballast = new Ballast(this.box.disk(disk));
    if (ballast.isThere) return 'that disk is full already';
    this.fullDisks++;
    const endAt = Date.now() + forMs;
    try {
      while (Date.now() < endAt) {
        ballast.fill();
        await sleep(100);
      }
    } finally {
      ballast.remove();
      this.diskFreeAt = Date.now();
      this.fullDisks--;
    }
    return undefined;
  }

  async #jump({ seconds, forMs }) {
    if (this.clock.impossible) return this.clock.impossible;
    this.clock.jump(seconds);
    await sleep(forMs);
    this.clock.jump(-seconds);
    return undefined;
  }
}
