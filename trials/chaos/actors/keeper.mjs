import { setTimeout as sleep } from 'node:timers/promises';
import { lookFor } from '@pinky/protocol/testing';

const lookMs = 150;
/** A box that does not come back within this is no longer waited for, milliseconds. */
const returnMs = 30_000;
/** How long `pinky up` may fail without an excuse, milliseconds. */
const failingMs = 15_000;

/** Does what an init would: runs `pinky up` if no supervisor runs, but not while the plan wants it away. */
export class Keeper {
  #absentUntil = 0;
  #isOver = false;
  #isBusy = false;
  #failingSince;
  ups = 0;

  constructor({ box, timeline, isExcused }) {
    Object.assign(this, { box, timeline, isExcused });
  }

  start() {
    this.running ??= this.#run();
  }

  /** No `pinky up` before that many milliseconds have passed. Resolves when the box is up again after that. */
  async returnAfter(ms) {
    this.#absentUntil = Math.max(this.#absentUntil, Date.now() + ms);
    const isBack = () => Date.now() >= this.#absentUntil && !this.#isBusy && this.box.one('supervisor') !== undefined;
    await lookFor(() => this.#isOver || isBack(), { timeoutMs: ms + returnMs, everyMs: lookMs });
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
    this.#isBusy = true;
    const { code, stderr } = await this.box.pinky('up', '--daemonize');
    this.#isBusy = false;
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
