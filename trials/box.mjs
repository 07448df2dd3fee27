import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pinkyProcesses, signal } from './processes.mjs';

const pinky = resolve(import.meta.dirname, '..', 'pinky');

/**
 * Below 32768, where the kernel's own choice of ports for outgoing connections begins: a game could not listen on one
 * of those.
 */
const firstPort = 20_000 + (process.pid % 127) * 100;

/** So that what hangs is found out, and a crash is followed by a relaunch, within the seconds that a test has. */
const configuration = (root) => `
servers: ${root}/servers/s
backups: ${root}/backups
log_level: debug
ports: { first: ${firstPort}, step: 1, count: 100 }
events: { cap: 100000000 }
backup: { interval: 20s, keep: 2 }
heartbeat_interval: 1s
worker: { heartbeat_interval: 500ms, heartbeat_timeout: 4s, graceful_kill_timeout: 15s, immediate_kill_timeout: 5s }
crash_loop: { limit: 1000, half_life: 5s, first_backoff: 50ms, max_backoff: 500ms }
`;

/** Size of each small disk. */
const diskBytes = 512 * 1024 * 1024;

/** A box in a temporary folder, with a small disk of its own for its home and for $SERVERS where that can be had. */
export class Box {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'pinky-chaos-')));
  home = join(this.root, 'home', 'h');
  servers = join(this.root, 'servers', 's');
  #mounted = [];
  #dumps = new Set();
  /** Why disks cannot be filled; undefined where they can. */
  noDisks;

  constructor(configure = configuration) {
    for (const name of ['home', 'servers']) this.#mount(join(this.root, name));
    mkdirSync(this.home, { recursive: true, mode: 0o700 });
    writeFileSync(join(this.home, 'pinky.yml'), configure(this.root));
  }

  #mount(dir) {
    mkdirSync(dir, { recursive: true });
    if (this.noDisks) return;
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${diskBytes},mode=700`, 'tmpfs', dir], { stdio: 'pipe' });
      this.#mounted.push(dir);
    } catch (error) {
      this.noDisks = `no small disk can be mounted (${String(error.stderr ?? error.message).trim()})`;
    }
  }

  get environment() {
    const { PATH, HOME, LANG } = process.env;
    return { PATH, HOME, LANG, PINKY_HOME: this.home };
  }

  /** Runs `pinky …`; resolves with its exit code and what it printed. */
  pinky(...args) {
    return new Promise((done) => {
      execFile(
        process.execPath,
        [resolve(pinky, '..', 'packages/cli/bin/pinky'), ...args],
        { env: this.environment, maxBuffer: 1e8, timeout: 180_000 },
        (error, stdout, stderr) => done({ code: error ? (error.code ?? 1) : 0, stdout, stderr }),
      );
    });
  }

  processes() {
    return pinkyProcesses(this.home);
  }

  one(role, serverId) {
    return this.processes().find(
      (found) => found.role === role && (serverId === undefined || found.serverId === serverId),
    );
  }

  get effective() {
    return JSON.parse(readFileSync(join(this.home, 'effective.json'), 'utf8'));
  }

  get redisSocket() {
    return join(this.home, 'redis', 'redis.sock');
  }

  /** The disk that holds `home` or `servers`. */
  disk(name) {
    return join(this.root, name);
  }

  /**
   * CONT, to go on or for a dump: who gets it dumps, and a supervisor has its children dump. All that goes with the
   * box.
   */
  goOn(identity) {
    for (const { pid } of this.processes()) this.#dumps.add(`/tmp/sigdump-${pid}.log`);
    return signal(identity, 'SIGCONT');
  }

  remove() {
    for (const dump of this.#dumps) rmSync(dump, { force: true });
    for (const dir of this.#mounted) {
      try {
        execFileSync('umount', ['--lazy', dir], { stdio: 'pipe' });
      } catch {
        // Gone with the mount namespace.
      }
    }
    rmSync(this.root, { recursive: true, force: true });
  }
}
