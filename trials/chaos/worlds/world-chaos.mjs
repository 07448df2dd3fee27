import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lookFor } from '@pinky/protocol/testing';
import { TrialBox } from '../../box.mjs';
import { isAlive, killAllOf, processesOf } from '../../processes.mjs';
import { Keeper } from '../actors/keeper.mjs';
import { PrivateRedis } from '../redis/private-redis.mjs';
import { Timeline } from '../timeline.mjs';
import { Blows, runnersOf } from './actors/blows.mjs';
import { Commands } from './actors/commands.mjs';
import { tick } from './actors/game-door.mjs';
import { Requests } from './actors/requests.mjs';
import { CuttingDisk } from './disk/cutting-disk.mjs';
import { redisAfterCut } from './disk/redis-after-cut.mjs';
import { ArchiveReader } from './verdicts/archives.mjs';
import { Promises } from './verdicts/promises.mjs';
import { WorldJudge } from './verdicts/world-judge.mjs';
import { WorldPlan } from './world-plan.mjs';
import { configuration, hasCommand, missingParts, writeFunpack } from './world-setup.mjs';
import { printWorldSummary } from './world-summary.mjs';

const serverIds = ['alder', 'birch', 'cedar'];
/** How long what was up may take to come up after a power cut, and a runner to end, milliseconds. */
const [upAgainMs, quietMs] = [120_000, 60_000];

/** One run of the trial of worlds: blows and power cuts, until there were enough of them, each one judged. */
export class WorldChaos {
  timeline = new Timeline();
  cuts = [];
  ups = 0;
  answers = new Map();
  /** How often the box had to mend Redis's data after a cut. */
  redisMended = 0;
  #aborted = new AbortController();
  #dir = realpathSync(mkdtempSync(join(tmpdir(), 'pinky-worlds-')));
  #inHand = new Map();

  /** `kills` and `wantedCuts`: how many. */
  constructor(options) {
    Object.assign(this, options);
    this.violation = (text, serverId) => this.timeline.violation(serverId ? `${serverId}: ${text}` : text, serverId);
    this.disk = new CuttingDisk();
    this.box = new TrialBox(configuration, { ownDisks: false });
    this.plan = new WorldPlan(this.seed);
    this.promises = new Promises(join(this.#dir, 'ledger'));
    this.reader = new ArchiveReader(join(this.#dir, 'unpacked'));
    this.judge = new WorldJudge(this);
    this.blows = new Blows({
      box: this.box,
      serverIds,
      timeline: this.timeline,
      inHand: this.#inHand,
    });
  }

  abort(why) {
    this.timeline.say(`${why}: ending everything`);
    this.#aborted.abort();
    this.commands?.abandon();
  }

  /** Resolves with the exit code. In any case, nothing that was started here is left. */
  async run() {
    console.log(`\nworlds, seed ${this.seed}, ${this.kills} kills, ${this.wantedCuts} cuts, in ${this.box.root}`);
    for (const part of missingParts()) console.log(`skipped: ${part}, which this version does not have`);
    if (this.disk.impossible) console.log(`skipped: power cuts (${this.disk.impossible})`);
    try {
      await this.#prepare();
      await this.#suffer();
      await this.#goDown();
    } catch (error) {
      if (!this.#aborted.signal.aborted) this.violation(`the trial itself failed: ${error.stack}`);
    } finally {
      await this.#tidyUp();
    }
    printWorldSummary(this, this.#aborted.signal.aborted);
    if (this.#aborted.signal.aborted) return 130;
    return this.timeline.violations.length === 0 ? 0 : 1;
  }

  get cutsLeft() {
    return this.disk.impossible ? 0 : this.wantedCuts - this.cuts.length;
  }

  async #prepare() {
    if (!this.disk.impossible) await this.disk.mount(this.box.root);
    this.box.prepare();
    this.first = writeFunpack(this.box.root, join(this.#dir, 'ledger'));
    execFileSync('sync', ['--file-system', this.box.root]);
    await this.#up();
    const began = await Promise.all(serverIds.map((serverId) => this.commands.ask('start', this.first(serverId))));
    if (began.some((answer) => !answer?.result)) throw new Error(`not all servers came up: ${JSON.stringify(began)}`);
    this.timeline.say(`${serverIds.length} games are up`);
  }

  /** Brings the box up, and whoever asks it for something. */
  async #up() {
    const { box, timeline } = this;
    const { code, stderr } = await box.pinky('up', '--daemonize');
    if (code !== 0) throw new Error(`pinky up: ${stderr}`);
    this.keeper = new Keeper({ box, timeline, isExcused: () => false });
    this.keeper.start();
    const { connection } = new PrivateRedis(box);
    this.commands = new Commands({ connection, timeline, prefix: `w-${this.cuts.length}` });
    this.requests = new Requests({
      commands: this.commands,
      judge: this.judge,
      promises: this.promises,
      plan: this.plan,
      inHand: this.#inHand,
      reader: this.reader,
      has: hasCommand,
      isUp: (serverId) => this.#lifeOf(serverId) !== undefined,
    });
  }

  /** The last launch of a server's game, if that one lives. */
  #lifeOf(serverId) {
    const last = this.promises.of(serverId).launches.at(-1);
    return last && isAlive(last.boot) ? last : undefined;
  }

  async #suffer() {
    const { timeline, blows } = this;
    const mostRounds = this.kills * 2 + this.wantedCuts + 10;
    for (let round = 1; blows.made < this.kills || this.cutsLeft > 0; round++) {
      if (timeline.violations.length > 0 || this.#aborted.signal.aborted) break;
      if (round > mostRounds) throw new Error(`${blows.missed} blows hit nobody`);
      await this.#tick();
      await this.#round(this.plan.round(serverIds.length, this.#isCutDue()));
    }
  }

  /** The cuts are spread over the kills. */
  #isCutDue() {
    return this.cutsLeft > 0 && this.blows.made >= (this.kills * (this.cuts.length + 1)) / (this.wantedCuts + 1);
  }

  async #round({ actions, blows, cut }) {
    const began = Date.now();
    const at = (ms) => sleep(Math.max(0, began + ms - Date.now()));
    const asked = actions.map((count, server) => this.requests.some(serverIds[server], count));
    const struck = blows.map(async (blow) => {
      await at(blow.atMs);
      if (cut && blow.atMs >= cut.atMs) return;
      for (const serverId of await this.blows.deal(blow)) await this.judge.held(serverId);
    });
    if (cut) {
      await at(cut.atMs);
      return this.#cut(cut, Promise.all([...asked, ...struck]));
    }
    await Promise.all([...asked, ...struck]);
    await this.#settle();
    await this.judge.all(serverIds);
  }

  /** The supervisor runs again, and no runner is at work for a server. */
  async #settle() {
    await lookFor(() => this.box.one('supervisor') && this.box.one('queue') && runnersOf(this.box).length === 0, {
      timeoutMs: quietMs,
      everyMs: 100,
      signal: this.#aborted.signal,
    });
  }

  /** Every game that lives makes a new generation, if no backup may read its world. */
  async #tick() {
    for (const serverId of serverIds) {
      const life = this.#lifeOf(serverId);
      if (life && runnersOf(this.box).length === 0) await tick(life.port);
    }
  }

  /** Cuts the power, ends everything, judges what the disk has kept, and brings up a fresh box on it. */
  async #cut(how, round) {
    const { timeline, box, disk } = this;
    const { endings } = this.requests;
    const mayEnd = new Set(endings);
    const wasUp = serverIds.filter((serverId) => this.#lifeOf(serverId));
    const inHand = [...this.#inHand].map(([serverId, action]) => `${action} of ${serverId}`);
    const cut = await disk.cut(how);
    this.cuts.push({ ...cut, inHand: [...this.#inHand.values()] });
    timeline.say(
      `power cut (${inHand.join(', ') || 'nothing in hand'}): of ${cut.unflushed} unflushed pages ${cut.kept} are kept`,
    );
    for (const serverId of endings) mayEnd.add(serverId); // the cut comes after some more writes
    const kept = this.keeper.stop();
    this.ups += this.keeper.ups;
    await killAllOf(box.root);
    this.#noteAnswers();
    this.commands.abandon();
    await Promise.all([round, kept]);
    await disk.unmount();
    await disk.mount(box.root);
    await this.judge.all(serverIds);
    if (timeline.violations.length > 0) return;
    const began = Date.now();
    await this.#up();
    await this.#upAgain(wasUp.filter((serverId) => !mayEnd.has(serverId)));
    await this.#settle();
    this.#lookAtRedis(began);
    await this.judge.all(serverIds);
  }

  #lookAtRedis(began) {
    const { wasCut, stuck } = redisAfterCut(this.box.home, began);
    if (wasCut) this.redisMended++;
    if (stuck) this.violation(`Redis does not start after a power cut: ${stuck}`);
  }

  /** The servers that were up, and had nothing in hand that ends them, come up again. */
  async #upAgain(expected) {
    const isUp = await lookFor(() => expected.every((serverId) => this.#lifeOf(serverId)), {
      timeoutMs: upAgainMs,
      everyMs: 100,
      signal: this.#aborted.signal,
    });
    if (isUp || this.#aborted.signal.aborted) return;
    for (const serverId of expected.filter((one) => !this.#lifeOf(one)))
      this.violation('it was up at the power cut, and did not come up again', serverId);
  }

  #noteAnswers() {
    for (const [kind, count] of this.commands?.answers ?? [])
      this.answers.set(kind, (this.answers.get(kind) ?? 0) + count);
    this.commands?.answers.clear();
  }

  async #goDown() {
    await this.keeper.stop();
    this.ups += this.keeper.ups;
    const { code, stderr } = await this.box.pinky('down');
    if (code !== 0) this.violation(`pinky down failed: ${stderr.trim()}`);
    for (const { pid, command } of processesOf(this.box.root)) this.violation(`left: process ${pid}: ${command}`);
    await this.judge.all(serverIds);
  }

  async #tidyUp() {
    const logs = join(this.box.home, 'log');
    this.timeline.report(logs, this.keepLogsIn, this.seed);
    if (this.keepsLogs) this.timeline.keep(logs, this.keepLogsIn);
    await Promise.race([this.keeper?.stop(), sleep(20_000)]);
    this.#noteAnswers();
    this.commands?.abandon();
    await killAllOf(this.box.root);
    await this.disk.remove();
    this.box.remove();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
