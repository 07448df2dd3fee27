import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, statfsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { signal, wrapperOf } from '../../processes.mjs';

/** How long a process that is to be hit may take to appear, milliseconds. */
const appearMs = 3_000;

/** Does what the plan says. Each fault is a promise that ends with the fault. */
export class Saboteur {
  /** How often each fault was made; what was skipped, and why. */
  counts = new Map();
  skipped = new Map();
  /** Games that were killed on purpose, as `pid-start time`. */
  victims = new Set();
  /** When the last full disk was emptied. */
  diskFreeAt = 0;
  fullDisks = 0;
  #lasting = new Set();
  #held = new Set();

  constructor({ box, clock, fleet, keeper, producers, backend, timeline, lifeOf }) {
    Object.assign(this, { box, clock, fleet, keeper, producers, backend, timeline, lifeOf });
    this.churned = fleet.filter(({ isChurned }) => isChurned);
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

  /** Resolves when no fault lasts any longer. */
  async over() {
    while (this.#lasting.size > 0) await Promise.all(this.#lasting);
  }

  /** Lets go of whatever is held, at once. */
  release() {
    for (const identity of this.#held) this.box.goOn(identity);
    for (const disk of ['home', 'servers']) rmSync(join(this.box.disk(disk), 'ballast'), { force: true });
  }

  #make(step) {
    const [verb, ...words] = step.fault.split(' ');
    const known = this.#special[step.fault];
    if (known) return known(step);
    const role = words[0];
    if (verb === 'kill' && role === 'game') return this.#killGame(step);
    if (verb === 'kill') return this.#kill(role, step);
    if (verb === 'hold') return this.#hold(role, step);
    throw new Error(`unknown fault ${step.fault}`);
  }

  #special = {
    'kill everything of Pinky': async ({ downMs }) => {
      this.keeper.absence(downMs);
      const all = this.box.processes();
      for (const { identity } of all) signal(identity, 'SIGKILL');
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
    'strangers at the sockets': async ({ bytes }) => {
      const garbage = [
        Buffer.alloc(bytes, 0xff),
        Buffer.from('GET / HTTP/1.0\r\n\r\n'),
        Buffer.alloc(8),
        Buffer.from([101, 0, 0, 0, 4, 0, 0, 0, 0xc1, 0xc1, 0xc1, 0xc1]),
      ];
      await Promise.all(
        ['supervisor.sock', 'queue.sock'].flatMap((name) =>
          garbage.map((piece) => stranger(join(this.box.home, name), piece)),
        ),
      );
    },
    'INT, then up': async ({ downMs }) => {
      this.keeper.absence(downMs);
      return this.#signal('supervisor', 'SIGINT');
    },
    'USR1 (fresh processes, one by one)': () => this.#signal('supervisor', 'SIGUSR1'),
    'HUP (fresh processes at once)': () => this.#signal('supervisor', 'SIGHUP'),
    'HUP worker': ({ server }) => this.#signal('worker', 'SIGHUP', this.fleet[server].serverId),
    'USR1 worker (restart of its game)': ({ churned }) =>
      this.#signal('worker', 'SIGUSR1', this.churned[churned].serverId),
    'USR2 (reload)': () => this.#signal('supervisor', 'SIGUSR2'),
    'CONT (dump)': () => this.#signal('supervisor', 'SIGCONT'),
    'full disk under $SERVERS': (step) => this.#fill('servers', step),
    'full disk under $PINKY_HOME': (step) => this.#fill('home', step),
    'clock jump': (step) => this.#jump(step),
  };

  async #find(role, { server, churned }) {
    if (role === 'runner') return this.#runner(this.churned[churned].serverId);
    if (role === 'wrapper') {
      const identity = wrapperOf(join(this.box.servers, this.fleet[server].serverId));
      return identity && { identity };
    }
    return this.box.one(role, server === undefined ? undefined : this.fleet[server].serverId);
  }

  /** A funpack-runner at work: a backup of a server that is up is asked for, and its process awaited. */
  async #runner(wanted) {
    const up = [wanted, ...this.churned.map(({ serverId }) => serverId)].find((serverId) => this.lifeOf(serverId));
    if (up === undefined) return undefined;
    this.producers.send('backup', { serverId: up });
    for (const giveUpAt = Date.now() + appearMs; Date.now() < giveUpAt; await sleep(10)) {
      const found = this.box.one('funpack-runner');
      if (found) return found;
    }
    return undefined;
  }

  async #kill(role, step) {
    const found = await this.#find(role, step);
    if (role === 'supervisor') this.keeper.absence(step.downMs);
    return found && signal(found.identity, 'SIGKILL') ? undefined : `no ${role} to hit just now`;
  }

  async #killGame({ server }) {
    const life = this.lifeOf(this.fleet[server].serverId);
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

  async #fill(disk, { forMs }) {
    if (this.box.noDisks) return this.box.noDisks;
    const dir = this.box.disk(disk);
    const ballast = join(dir, 'ballast');
    if (existsSync(ballast)) return 'that disk is full already';
    this.fullDisks++;
    const endAt = Date.now() + forMs;
    try {
      while (Date.now() < endAt) {
        fill(dir, ballast);
        await sleep(100);
      }
    } finally {
      rmSync(ballast, { force: true });
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

/** Takes every block that is left, also those that were given back meanwhile. */
function fill(dir, ballast) {
  const { bavail, bsize } = statfsSync(dir);
  if (bavail === 0) return;
  const size = existsSync(ballast) ? execFileSync('stat', ['-c', '%s', ballast], { encoding: 'utf8' }).trim() : '0';
  try {
    execFileSync('fallocate', ['--offset', size, '--length', String(bavail * bsize), ballast], { stdio: 'pipe' });
  } catch {
    // Somebody was faster: the next turn takes the rest.
  }
}

const stranger = (path, bytes) => new Promise((done) => {
  const socket = connect({ path });
  const leave = () => {
    socket.destroy();
    done();
  };
  socket.once('connect', () => socket.write(bytes)).once('error', leave).once('close', leave);
  setTimeout(leave, 1_000);
});
