import { mkdtempSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasEnded, names } from './processes.mjs';

/**
 * The folder of one run, and every process that was started for it. They all have its path in their environment
 * (PINKY_HOME, DATAFILE, PINKY_BENCH) or command line, so they are found, and no other process is.
 */
export class Scratch {
  #homes = 0;

  constructor() {
    this.dir = mkdtempSync(join(tmpdir(), 'pinky-bench-'));
    const { PATH, HOME, LANG } = process.env;
    // No more than Pinky's own children get: a variable such as NODE_EXTRA_CA_CERTS doubles the cost of starting Node.
    this.env = {
      PATH,
      HOME,
      ...(LANG !== undefined && { LANG }),
      PINKY_BENCH: this.dir,
    };
  }

  /** Makes a new folder. Its name is short, because a socket's path may have no more than 107 bytes (unix(7)). */
  folder() {
    const dir = join(this.dir, String(++this.#homes).padStart(3, '0')); // no name is the beginning of another
    mkdirSync(dir);
    return dir;
  }

  /**
   * Ends the processes under `folder`, pid by pid, until none is left. It is synchronous, so that an interrupted run
   * can call it too.
   */
  end(folder = this.dir) {
    for (let round = 0; round < 100; round++) {
      const left = this.#processes(folder);
      if (left.length === 0) return;
      // They are stopped before they are killed: a running supervisor would start again what was just killed.
      for (const signal of ['SIGSTOP', 'SIGKILL']) for (const pid of left) send(pid, signal);
      pauseSync(5);
    }
  }

  remove() {
    this.end();
    rmSync(this.dir, {
      recursive: true,
      force: true,
      maxRetries: 5,
      retryDelay: 50,
    });
  }

  #processes(folder) {
    return readdirSync('/proc').filter((name) => name >= '0' && name <= '9~').map(Number)
      .filter((pid) => pid !== process.pid && names(pid, folder) && !hasEnded(pid));
  }
}

function send(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // gone meanwhile
  }
}

const pauseSync = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
