import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { Backend } from './actors/backend.mjs';
import { Box } from '../box.mjs';
import { BoxClock } from './clock/box-clock.mjs';
import { fleetOf, writeFunpacks } from './fleet.mjs';
import { Keeper } from './actors/keeper.mjs';
import { Ledgers } from './verdicts/ledgers.mjs';
import { described } from './plan.mjs';
import { Players } from './actors/players.mjs';
import { processesOf, signal } from '../processes.mjs';
import { deadlineMs, Producers } from './actors/producers.mjs';
import { Saboteur } from './actors/saboteur.mjs';
import { printSummary } from './summary.mjs';
import { Timeline } from './timeline.mjs';
import { judgeCommands, unanswered } from './verdicts/commands.mjs';
import { EventVerdict } from './verdicts/events.mjs';
import { judgeLeaks } from './verdicts/leaks.mjs';
import { agreement } from './verdicts/states.mjs';
import { Watch } from './verdicts/watch.mjs';

/** Until all twenty games are up at the beginning, milliseconds. */
const allUpMs = 90_000;
/** What a drain may take: a queue's 30 s for what is in hand, then the longest stop of these games. Milliseconds. */
const downMs = 45_000;
/** Longest that the last events may take to be drained, milliseconds. */
const drainedMs = 30_000;

/** One run of the chaos test: builds the box, lets the plan happen to it, and judges. */
export class Chaos {
  timeline = new Timeline();
  figures = {};
  #aborted = new AbortController();

  constructor(options) {
    Object.assign(this, options);
    this.box = new Box();
    this.clock = new BoxClock(this.box.root);
    this.fleet = fleetOf(this.box.root);
    this.ledgers = new Ledgers(join(this.box.root, 'ledger'));
    this.violation = (text, serverId) => this.timeline.violation(text, serverId);
  }

  abort(why) {
    this.timeline.say(`${why}: ending everything`);
    this.#aborted.abort();
  }

  /** Resolves with the exit code. Whatever happens, nothing that was started here is left. */
  async run() {
    console.log(
      `seed ${this.seed}, ${this.minutes} minutes, ${this.plan.length} faults, ${this.fleet.length} servers in ` +
        `${this.box.root}`,
    );
    try {
      await this.#prepare();
      await this.#suffer();
      await this.#judge();
    } catch (error) {
      if (!this.#aborted.signal.aborted) this.violation(`the test itself failed: ${error.stack}`);
    } finally {
      await this.#tidyUp();
    }
    if (this.#aborted.signal.aborted) return 130;
    printSummary(this);
    return this.timeline.violations.length === 0 ? 0 : 1;
  }

  async #prepare() {
    const { box, clock, fleet, ledgers, timeline } = this;
    writeFunpacks(box.root);
    const { code, stderr } = await box.pinky('up', '--daemonize');
    if (code !== 0) throw new Error(`pinky up: ${stderr}`);
    const connection = { path: box.redisSocket, password: box.effective.redisPassword };
    this.backend = new Backend(connection);
    this.backend.start();
    this.producers = new Producers({ fleet, backend: this.backend, seed: this.seed, connection, timeline });
    const victims = new Set();
    this.watch = new Watch({ fleet, ledgers, timeline, victims });
    const lifeOf = (serverId) => this.watch.lifeOf(serverId);
    this.keeper = new Keeper({
      box,
      timeline,
      isExcused: () => this.saboteur.fullDisks > 0 || Date.now() - this.saboteur.diskFreeAt < 2_000,
    });
    this.saboteur = new Saboteur({
      box,
      clock,
      fleet,
      keeper: this.keeper,
      producers: this.producers,
      backend: this.backend,
      timeline,
      lifeOf,
    });
    this.saboteur.victims = victims;
    this.players = new Players({ timeline, lifeOf });
    for (const { start } of fleet) this.producers.send('start', start, false, 'job');
    await this.#allUp();
  }

  async #allUp() {
    const giveUpAt = Date.now() + allUpMs;
    const began = Date.now();
    for (;;) {
      this.#goOn();
      const { stdout } = await this.box.pinky('ps', '--json');
      this.watch.look();
      const servers = stdout ? JSON.parse(stdout).servers : [];
      const up = servers.filter(({ state }) => state === 'up');
      if (up.length === this.fleet.length) break;
      if (Date.now() > giveUpAt) {
        throw new Error(
          `only ${up.length} servers came up: ` +
            `${servers.map(({ serverId, state, because }) => `${serverId} ${state} ${because ?? ''}`).join('; ')}`,
        );
      }
      await sleep(200);
    }
    this.timeline.say(`${this.fleet.length} games are up after ${((Date.now() - began) / 1_000).toFixed(1)} s`);
    const { stdout } = await this.box.pinky('ps', '--json');
    for (const { serverId, port } of JSON.parse(stdout).servers) {
      for (let number = 1; number <= this.fleet.find((one) => one.serverId === serverId).players; number++)
        this.players.join(serverId, `p${number}`, port);
    }
    await sleep(300);
  }

  /** The plan happens; a violation ends it early. */
  async #suffer() {
    const { saboteur, keeper, producers, watch, timeline } = this;
    for (const part of [watch, keeper, producers]) part.start();
    const events = new EventVerdict((text, serverId) => this.#suspected(text, serverId));
    const begin = Date.now();
    let nextLookAt = begin + 5_000;
    for (const step of this.plan) {
      while (Date.now() < begin + step.atMs && timeline.violations.length === 0) {
        this.#goOn();
        await sleep(Math.max(1, Math.min(200, begin + step.atMs - Date.now())));
        if (Date.now() < nextLookAt) continue;
        nextLookAt = Date.now() + 5_000;
        void this.#lookAtEvents(events);
      }
      if (timeline.violations.length > 0) break;
      timeline.say(described(step).trim());
      saboteur.begin(step);
    }
    producers.stop();
    await saboteur.over();
    timeline.say('the last fault is over');
  }

  /**
   * What has come so far. Redis may be killed under it, or forget its last moments: then the look is as good as none.
   */
  async #lookAtEvents(events) {
    if (this.isLooking) return;
    this.isLooking = true;
    try {
      events.take(await this.backend.oldest('chaos:events', events.count));
    } catch {
      // Redis is away: next time.
    }
    this.isLooking = false;
  }

  /** A violation that was seen in a part of the events counts once it is seen in all of them. */
  #suspected(text, serverId) {
    if (this.isSuspecting) return;
    this.isSuspecting = true;
    void (async () => {
      try {
        const whole = new EventVerdict((again, id) => this.violation(again, id));
        whole.take(await this.backend.oldest('chaos:events'));
        if (whole.count === 0) this.violation(text, serverId);
      } catch {
        // Redis is away: the verdict at the end sees it.
      }
      this.isSuspecting = false;
    })();
  }

  async #judge() {
    const { box, fleet, backend, watch, players, violation, timeline, figures } = this;
    figures.agreeMs = await agreement({ box, fleet, backend, watch, players, violation, timeline });
    timeline.say(`Redis, disk, pinky ps and the process table agreed after ${(figures.agreeMs / 1_000).toFixed(1)} s`);
    await this.#answered();
    await this.keeper.stop();
    players.end();
    for (const { serverId } of fleet) watch.mayStop.add(serverId);
    const began = Date.now();
    await this.#pinky('down');
    timeline.say(`pinky down took ${((Date.now() - began) / 1_000).toFixed(1)} s`);
    if (Date.now() - began > downMs) violation(`pinky down took longer than ${downMs / 1_000} s`);
    await sleep(700); // two looks
    for (const life of this.ledgers.read())
      if (watch.lifeOf(life.serverId) === life)
        violation(`${life.serverId}: its game lives after pinky down`, life.serverId);
    watch.stop();
    await this.#pinky('up', '--daemonize'); // for the private Redis: what it holds is judged
    await this.#judgeRedis();
    await this.#pinky('down');
    await judgeLeaks({ box, violation });
  }

  async #answered() {
    const giveUpAt = Date.now() + 3 * deadlineMs + 5_000;
    while (Date.now() < giveUpAt && (await unanswered(this.producers, this.backend)).length > 0) {
      this.#goOn();
      await sleep(300);
    }
  }

  async #judgeRedis() {
    const { backend, ledgers, producers, violation, figures, fleet, saboteur } = this;
    const giveUpAt = Date.now() + drainedMs;
    while (Date.now() < giveUpAt && (await backend.redis.llen('server:events')) > 0) await sleep(100);
    await backend.drain();
    const events = new EventVerdict(violation);
    events.take(await backend.oldest('chaos:events'));
    const lives = ledgers.read();
    events.complete(lives);
    figures.events = events.count;
    figures.numbered = lives.reduce((sum, { said }) => sum + said, 0);
    figures.lives = lives.length;
    const struck = new Set(lives.filter(({ boot }) => saboteur.victims.has(boot)).map(({ serverId }) => serverId));
    const steady = new Set(
      fleet.filter(({ isSteady, serverId }) => isSteady && !struck.has(serverId)).map(({ serverId }) => serverId),
    );
    figures.commands = await judgeCommands({ producers, backend, ledgers, violation, steady });
  }

  async #pinky(...args) {
    const { code, stderr } = await this.box.pinky(...args);
    if (code !== 0) this.violation(`pinky ${args.join(' ')} failed: ${stderr.trim()}`);
  }

  #goOn() {
    this.#aborted.signal.throwIfAborted();
  }

  async #tidyUp() {
    this.timeline.report(join(this.box.home, 'log'), this.keepLogsIn, this.seed);
    if (this.keepsLogs) this.timeline.keep(join(this.box.home, 'log'), this.keepLogsIn);
    this.saboteur?.release();
    this.watch?.stop();
    this.players?.end();
    await Promise.race([this.keeper?.stop(), sleep(20_000)]);
    await Promise.race([Promise.allSettled([this.producers?.end(), this.backend?.end()]), sleep(5_000)]);
    for (let left; (left = processesOf(this.box.root)).length > 0;) {
      for (const { identity } of left) signal(identity, 'SIGKILL');
      await sleep(50);
    }
    this.clock.remove();
    this.box.remove();
  }
}
