import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assertOwnMounts } from '../../../own-mounts.mjs';

const diskBytes = 1024 * 1024 * 1024;
/**
 * A rename does not write its file out early, and what was changed in folders reaches the disk within a second, long
 * before the content of files does. So a missing fsync shows.
 */
const mountOptions = 'loop,noauto_da_alloc,commit=1';

/** A small ext4 disk whose power can be cut, by cutting-disk.c. It needs root, FUSE, loop devices and a C compiler. */
export class CuttingDisk {
  /** Why there can be none. Undefined if there is one. */
  impossible;
  #dir = realpathSync(mkdtempSync(join(tmpdir(), 'pinky-cutting-')));
  #program;
  #waiting = [];
  #mountedAt;

  constructor() {
    try {
      assertOwnMounts();
      run('mount', '-t', 'tmpfs', '-o', 'mode=700', 'tmpfs', this.#dir);
      run('cc', '-O2', '-o', this.#path('cutting-disk'), join(import.meta.dirname, 'cutting-disk.c'));
      writeFileSync(this.#path('image'), '');
      writeFileSync(this.#path('disk'), '');
      mkdirSync(this.#path('try'));
      truncateSync(this.#path('image'), diskBytes);
      run('mkfs.ext4', '-q', '-F', this.#path('image'));
      run('mount', '-o', 'loop', this.#path('image'), this.#path('try'));
      run('umount', this.#path('try'));
    } catch (error) {
      this.impossible = String(error.stderr ?? error.message).trim().split('\n')[0] || error.message;
    }
  }

  #path(name) {
    return join(this.#dir, name);
  }

  /** Plugs the disk in. After a cut, the file system finds what the cut has left. */
  async mount(dir) {
    await this.#serve();
    run('mount', '-o', mountOptions, this.#path('disk'), dir);
    this.#mountedAt = dir;
  }

  #serve() {
    this.#program = spawn(this.#path('cutting-disk'), [this.#path('image'), this.#path('disk')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#program.stdin.on('error', () => undefined); // it has ended
    this.#program.stdout.setEncoding('utf8').on('data', (text) => {
      for (const line of text.split('\n').filter(Boolean)) this.#waiting.shift()?.(line);
    });
    this.#program.once('exit', () => {
      for (const waiting of this.#waiting.splice(0)) waiting('');
    });
    return this.#answer();
  }

  #answer() {
    return new Promise((done) => this.#waiting.push(done));
  }

  /**
   * Cuts the power after so many writes: nothing more reaches the disk, and each page that was never flushed is kept
   * with that chance. Resolves with how many pages were unflushed, and how many of them are kept.
   */
  async cut({ writes, percent, seed }) {
    const answer = this.#answer();
    this.#program.stdin.write(`cut ${writes} ${percent} ${seed}\n`);
    const [, unflushed, kept] = (await answer).split(' ').map(Number);
    return { unflushed, kept };
  }

  /** Pulls the disk out. Nobody may use it any more. */
  async unmount() {
    if (this.#mountedAt) {
      try {
        run('umount', this.#mountedAt);
      } catch {
        run('umount', '--lazy', this.#mountedAt);
      }
      this.#mountedAt = undefined;
    }
    await this.#unplug();
  }

  #unplug() {
    const program = this.#program;
    this.#program = undefined;
    if (!program || program.exitCode !== null) return Promise.resolve();
    return new Promise((done) => {
      program.once('exit', done);
      program.stdin.end();
    });
  }

  async remove() {
    await this.unmount();
    try {
      run('umount', '--lazy', this.#dir);
    } catch {
      // It was never mounted.
    }
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

function run(program, ...args) {
  const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
  return execFileSync(program, args, { stdio: 'pipe', env: { ...process.env, PATH } });
}
