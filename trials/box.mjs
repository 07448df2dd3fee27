import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pinkyProcesses } from './pinky-processes.mjs';
import { signal } from './processes.mjs';

const pinky = fileURLToPath(new URL('../packages/cli/bin/pinky', import.meta.url));

/** Size of each small disk. */
const diskBytes = 512 * 1024 * 1024;

/**
 * A box in a temporary folder, for trials that watch it from outside. Its home and its $SERVERS each get a small disk
 * of their own if this machine allows mounts, unless the trial itself has a disk for the whole of it (`ownDisks` no).
 */
export class TrialBox {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'pinky-trial-')));
  home = join(this.root, 'home', 'h');
  servers = join(this.root, 'servers', 's');
  #mounted = [];
  #dumps = new Set();
  /** Why disks cannot be filled. Undefined if they can. */
  noDisks;

  /** `configure(root)` answers the text of pinky.yml. It is written by `prepare` where there are no own disks. */
  constructor(configure, { ownDisks = true } = {}) {
    this.configure = configure;
    if (!ownDisks) return;
    for (const name of ['home', 'servers']) this.#mount(this.disk(name));
    this.prepare();
  }

  prepare() {
    mkdirSync(this.home, { recursive: true, mode: 0o700 });
    writeFileSync(join(this.home, 'pinky.yml'), this.configure(this.root));
    // Trials are about processes and files as the box itself makes them. Isolation has tests of its own.
    writeFileSync(join(this.home, 'isolation'), 'none\n');
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

  /** Runs `pinky …`. Resolves with its exit code and what it printed. */
  pinky(...args) {
    return new Promise((done) => {
      execFile(
        process.execPath,
        [pinky, ...args],
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
   * Sends CONT, to let a process go on or to ask for a dump. The process writes a dump, and a supervisor has its
   * children write theirs. `remove` removes them all.
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
