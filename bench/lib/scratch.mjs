import { spawn } from 'node:child_process';
import { mkdtempSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endAll, removeAll } from './leftovers.mjs';

const remover = fileURLToPath(new URL('remove-leftovers.mjs', import.meta.url));
/** Reads the folder, and then waits. Its input ends with the bench, also if that is killed and can do nothing more. */
const guard = 'read -r dir && { read -r more || exec "$0" "$1" "$dir"; }';
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** How often a run of `npm run bench` looks whether its npm is still there, milliseconds. npm passes no HUP on. */
const lookMs = 500;

/**
 * The folder of one run, and every process that was started for it. They all have its path in their environment
 * (PINKY_HOME, DATAFILE, PINKY_BENCH) or command line, or work in it, so they are found, and no other process is. They
 * end with the run, however it ends.
 */
export class Scratch {
  #homes = 0;
  #guard;

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
    this.#watch({ PATH });
    this.#obeySignals();
  }

  /** The guard is in a session of its own, so that it outlives the signals of a terminal. */
  #watch(env) {
    this.#guard = spawn('/bin/sh', ['-c', guard, process.execPath, remover], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
      env,
    });
    this.#guard.stdin.write(`${this.dir}\n`);
    this.#guard.stdin.unref();
    this.#guard.unref();
  }

  /** They stay caught while the run is removed: from a terminal the same signal comes directly, and again by npm. */
  #obeySignals() {
    const interrupted = () => {
      this.remove();
      process.exit(130);
    };
    for (const signal of signals) process.on(signal, interrupted);
    if (process.env.npm_lifecycle_event === undefined) return;
    const parent = process.ppid;
    setInterval(() => process.ppid === parent || interrupted(), lookMs).unref();
  }

  /** Makes a new folder. Its name is short, because a socket's path may have no more than 107 bytes (unix(7)). */
  folder() {
    const dir = join(this.dir, String(++this.#homes).padStart(3, '0')); // no name is the beginning of another
    mkdirSync(dir);
    return dir;
  }

  /** Ends what was started for this folder. */
  end(folder = this.dir) {
    endAll(folder);
  }

  remove() {
    removeAll(this.dir);
    this.#guard.kill('SIGKILL');
  }
}
