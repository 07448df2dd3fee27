import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const pinky = fileURLToPath(new URL('../../../packages/cli/bin/pinky', import.meta.url));

/** Another home on the box's Redis, with the same name of a box: a machine that was cloned, or staging. */
export class Rival {
  /** `address` is that of the box's Redis. */
  constructor(box, address) {
    this.home = join(box.root, 'rival');
    mkdirSync(this.home, { recursive: true, mode: 0o700 });
    writeFileSync(join(this.home, 'pinky.yml'), `redis: "${address}"\n`);
  }

  /** Tries to begin. Resolves with what is wrong with the outcome, or undefined. */
  async challenge() {
    try {
      const { code, answer } = await this.#pinky('up', '--daemonize');
      if (code !== 0) return answer.error?.code === 'box_taken' ? undefined : `it said ${JSON.stringify(answer)}`;
      // Redis was away just then, so the box is there and waits.
      const { answer: view } = await this.#pinky('ps');
      return view.redis?.state === 'connected' ? 'it got the name of a box that lives' : undefined;
    } finally {
      await this.#pinky('down');
      rmSync(this.home, { recursive: true, force: true });
    }
  }

  #pinky(...args) {
    const { PATH, HOME, LANG } = process.env;
    const env = { PATH, HOME, LANG, PINKY_HOME: this.home };
    return new Promise((done) => {
      execFile(process.execPath, [pinky, ...args, '--json'], { env, timeout: 180_000 }, (error, stdout, stderr) => {
        done({ code: error ? (error.code ?? 1) : 0, answer: jsonOf(stdout || stderr) });
      });
    });
  }
}

function jsonOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { text };
  }
}
