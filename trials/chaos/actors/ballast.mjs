import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';

/** The file that fills a small disk. */
export class Ballast {
  #file;

  constructor(dir) {
    this.dir = dir;
    this.#file = join(dir, 'ballast');
  }

  get isThere() {
    return existsSync(this.#file);
  }

  /** Takes every block that is left, and those that were given back since the last call. */
  fill() {
    const { bavail, bsize } = statfsSync(this.dir);
    if (bavail === 0) return;
    const size = this.isThere ? execFileSync('stat', ['-c', '%s', this.#file], { encoding: 'utf8' }).trim() : '0';
    try {
      execFileSync('fallocate', ['--offset', size, '--length', String(bavail * bsize), this.#file], { stdio: 'pipe' });
    } catch {
      // Another process took a block first: the next call takes the rest.
    }
  }

  remove() {
    rmSync(this.#file, { force: true });
  }
}
