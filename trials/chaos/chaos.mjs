import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { lookFor } from '@pinky/protocol/testing';
import { TrialBox } from '../box.mjs';
import { killAllOf } from '../processes.mjs';
import { Backend } from './actors/backend.mjs';
import { Keeper } from './actors/keeper.mjs';
import { TcpPlayers } from './actors/players.mjs';
import { Producers } from './actors/producers.mjs';
import { Saboteur } from './actors/saboteur.mjs';
import { BoxClock } from './clock/box-clock.mjs';
import { configuration } from './configuration.mjs';
import { fleetOf, writeFunpacks } from './fleet.mjs';
import { described } from './plan.mjs';
import { Confirmation } from './redis/confirmation.mjs';
import { PrivateRedis } from './redis/private-redis.mjs';
import { RedisPair } from './redis/redis-pair.mjs';
import { printSummary } from './summary.mjs';
import { Timeline } from './timeline.mjs';
import { EarlyLook } from './verdicts/early-look.mjs';
import { judge } from './verdicts/judge.mjs';
import { Ledgers } from './verdicts/ledgers.mjs';
import { Watch } from './verdicts/watch.mjs';

/** How long all games may take to be up at the beginning, milliseconds. */
const allUpMs = 90_000;
/** Between two looks at the events while the plan happens, milliseconds. */
const earlyLookMs = 5_000;

/** One run of the chaos trial: builds the box, lets the plan happen to it, and judges. */
export class Chaos {
  timeline = new Timeline();
  figures = {};
  #aborted = new AbortController();

  constructor(options) {
    Object.assign(this, options);
    this.box = new TrialBox((root) => {
      if (this.kind === 'pair') this.redis = new RedisPair(root);
      return configuration(root) + (this.redis?.configuration ?? '');
    });
    this.redis ??= new PrivateRedis(this.box);
    this.clock = new BoxClock(this.box.root);
    this.fleet = fleetOf(this.box.root, this);
    this.ledgers = new Ledgers(join(this.box.root, 'ledger'));
    this.violation = (text, serverId) => this.timeline.violation(text, serverId);
  }

  get signal() {
    return this.#aborted.signal;
  }

  abort(why) {
    this.timeline.say(`${why}: ending everything`);
    this.#aborted.abort();
  }

  /** Resolves with the exit code. In any case, nothing that was started here is left. */
  async run() {
    console.log(
      `\n${this.kind === 'pair' ? 'a pair of Redis with Sentinels' : 'a private Redis'}, seed ${this.seed}, ` +
        `${this.minutes} minutes, ${this.plan.length} faults, ${this.fleet.length} servers in ${this.box.root}`,
    );
    try {
      await this.#prepare();
      await this.#suffer();
      await judge(this);
    } catch (error) {
      if (!this.signal.aborted) this.violation(`the trial itself failed: ${error.stack}`);
    } finally {
      await this.#tidyUp();
    }
    if (this.signal.aborted) return 130;
    printSummary(this);
    return this.timeline.violations.length === 0 ? 0 : 1;
  }

  async #prepare() {
    const { box, clock, fleet, ledgers, timeline } = this;
    writeFunpacks(box.root);
    await this.redis.start();
    const { code, stderr } = await box.pinky('up', '--daemonize');
    if (code !== 0) throw new Error(`pinky up: ${stderr}`);
    const { connection } = this.redis;
    if (this.kind === 'pair') this.confirmation = new Confirmation(connection);
    this.backend = new Backend(connection);
    this.backend.start();
    this.producers = new Producers({
      fleet,
      backend: this.backend,
      seed: this.seed,
      connection,
      timeline,
      confirm: this.confirmation && ((command) => this.confirmation.of(command)),
    });
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
      redis: this.redis,
      fleet,
      keeper: this.keeper,
      producers: this.producers,
      backend: this.backend,
      timeline,
      lifeOf,
      victims,
    });
    this.players = new TcpPlayers({ timeline, lifeOf });
    for (const { start } of fleet) this.producers.send('start', start, false, 'job');
    await this.#allUp();
    await this.#allJoin();
  }

  async #allUp() {
    const began = Date.now();
    let servers = [];
    const areUp = await lookFor(async () => {
      const { stdout } = await this.box.pinky('ps', '--json');
      this.watch.look();
      servers = stdout ? JSON.parse(stdout).servers : [];
      return servers.filter(({ state }) => state === 'up').length === this.fleet.length;
    }, { timeoutMs: allUpMs, everyMs: 200, signal: this.signal });
    if (!areUp) {
      const states = servers.map(({ serverId, state, because }) => `${serverId} ${state} ${because ?? ''}`);
      throw new Error(`not all servers came up: ${states.join('; ')}`);
    }
    this.timeline.say(`${this.fleet.length} games are up after ${((Date.now() - began) / 1_000).toFixed(1)} s`);
  }

  async #allJoin() {
    const { stdout } = await this.box.pinky('ps', '--json');
    for (const { serverId, port } of JSON.parse(stdout).servers) {
      for (let number = 1; number <= this.fleet.find((one) => one.serverId === serverId).players; number++)
        this.players.join(serverId, `p${number}`, port);
    }
    await sleep(300);
  }

  /** The plan happens. A violation ends it early. */
  async #suffer() {
    const { saboteur, keeper, producers, watch, timeline } = this;
    for (const part of [watch, keeper, producers]) part.start();
    const events = new EarlyLook(this);
    const begin = Date.now();
    let nextLookAt = begin + earlyLookMs;
    for (const step of this.plan) {
      while (Date.now() < begin + step.atMs && timeline.violations.length === 0) {
        this.signal.throwIfAborted();
        await sleep(Math.max(1, Math.min(200, begin + step.atMs - Date.now())));
        if (Date.now() < nextLookAt) continue;
        nextLookAt = Date.now() + earlyLookMs;
        void events.look();
      }
      if (timeline.violations.length > 0) break;
      timeline.say(described(step).trim());
      saboteur.begin(step);
    }
    producers.stop();
    await saboteur.over();
    await this.redis.settled();
    timeline.say('the last fault is over');
  }

  async #tidyUp() {
    this.timeline.report(join(this.box.home, 'log'), this.keepLogsIn, this.seed);
    if (this.keepsLogs) this.timeline.keep(join(this.box.home, 'log'), this.keepLogsIn);
    this.saboteur?.release();
    this.watch?.stop();
    this.players?.end();
    await Promise.race([this.keeper?.stop(), sleep(20_000)]);
    await Promise.race([Promise.allSettled([this.producers?.end(), this.backend?.end()]), sleep(5_000)]);
    this.confirmation?.end();
    await this.redis.end();
    await killAllOf(this.box.root);
    this.clock.remove();
    this.box.remove();
  }
}
