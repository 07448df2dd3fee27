import { setTimeout as sleep } from 'node:timers/promises';

const lookMs = 150;
/** How long `pinky up` may fail without an excuse, milliseconds. */
const failingMs = 15_000;

/** Does what an init would: runs `pinky up` if no supervisor runs, but not while the plan wants it away. */
export class Keeper {
  #absentUntil = 0;
  #isOver = false;
  #failingSince;
  ups = 0;

  constructor({ box, timeline, isExcused }) {
    Object.assign(this, { box, timeline, isExcused });
  }

  start() {
    this.running ??= this.#run();
  }

  /** No `pinky up` before that many milliseconds have passed. */
  absence(ms) {
    this.#absentUntil = Math.max(this.#absentUntil, Date.now() + ms);
  }

  async stop() {
    this.#isOver = true;
    await this.running;
  }

  async #run() {
    while (!this.#isOver) {
      if (Date.now() >= this.#absentUntil && !this.box.one('supervisor')) await this.#up();
      await sleep(lookMs);
    }
  }

  async #up() {
    const { code, stderr } = await this.box.pinky('up', '--daemonize');
    this.timeline.note(`pinky up: ${code} ${stderr.trim()}`);
    if (code === 0) {
      this.ups++;
      this.#failingSince = undefined;
      return;
    }
    this.#failingSince ??= Date.now();
    if (this.isExcused()) this.#failingSince = Date.now();
    else if (Date.now() - this.#failingSince > failingMs)
      this.timeline.violation(
        `pinky up has failed for ${failingMs / 1_000} s: ${stderr.trim().split('\n')[0]}`,
      );
  }
}
