import { fileURLToPath } from 'node:url';
import { expectEqual } from './expect.mjs';
import { StoryClient } from './queue.mjs';
import { identityOf } from './processes.mjs';

export const serverId = 'story';

/** How long players may take to leave, milliseconds. */
const longestGoodbyeMs = 4_000;

/** The things that the story's chapters share: the box, its queue, the running game server, and the players. */
export class Stage {
  #players = new Set();
  #said = 0;

  constructor({ box, game, report }) {
    this.box = box;
    this.game = game;
    this.report = report;
    // Where ./scripts/try installed the players' clients.
    this.cacheDir = process.env.PINKY_TRY_CACHE;
  }

  step(title, act) {
    return this.report.step(title, act);
  }

  async openQueue() {
    this.queue = new StoryClient(await this.box.pinky('redis'));
  }

  job(name, data = {}) {
    return this.queue.job(name, { serverId, ...data });
  }

  /** Starts the server from its newest backup, if there is one. */
  async start() {
    const answer = await this.job('start', { funpack: this.game.funpack, settings: this.game.settings });
    expectEqual(answer.state, 'up', 'the state after the start');
    this.port = answer.port;
    this.rememberGame(answer.pid);
    return answer;
  }

  rememberGame(pid) {
    this.gamePid = pid;
    this.gameIdentity = identityOf(pid);
  }

  async join(name) {
    const player = await this.game.join({
      port: this.port,
      name,
      cacheDir: this.cacheDir,
      askBack: (message) => this.job('tell', { user: name, message }),
    });
    this.#players.add(player);
    return player;
  }

  /** The player says something new. Its event must arrive exactly once. */
  async chat(player, words) {
    const message = await this.sayOnly(player, words);
    await this.queue.once({ type: 'chat', user: player.name, message });
    return message;
  }

  /** The player says something new, and nobody waits for the event. */
  async sayOnly(player, words) {
    const message = `${words} ${(this.#said += 1)}`;
    await player.say(this.game.chatLine(message));
    return message;
  }

  /** Lets the players leave and closes the connections. */
  async close() {
    const left = Promise.allSettled([...this.#players].map((player) => player.leave()));
    await Promise.race([left, new Promise((done) => { setTimeout(done, longestGoodbyeMs).unref(); })]);
    await this.queue?.close();
    this.#players.clear();
    this.queue = undefined;
  }

  async leaveRunning() {
    await this.start();
    await this.close();
    const { home } = this.box;
    this.report.note(`The game is up again on port ${this.port}: ${this.game.howToJoin(this.port)}`);
    this.report.note(
      `Go on with:  export PINKY_HOME=${home} ` +
        `PATH=${fileURLToPath(new URL('../../packages/cli/bin', import.meta.url))}:$PATH`,
    );
    this.report.note(
      `             pinky ps; pinky logs -f ${serverId}; pinky attach ${serverId}; pinky broadcast ${serverId} ` +
        'hello; pinky redis',
    );
    this.report.note(`End it with: pinky down && rm -r ${home}`);
  }
}
