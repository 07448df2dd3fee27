import { execFileSync } from 'node:child_process';
import { mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { assertOwnMounts } from '../../own-mounts.mjs';

/**
 * A wall clock for Pinky's processes and their Redis, apart from the machine's. Every process that starts after this
 * loads shifted-clock.c, which the /etc/ld.so.preload of this mount namespace names. LD_PRELOAD would not reach
 * Pinky's children, because they get a clean environment.
 */
export class BoxClock {
  /** Why it cannot be set. Undefined if it can. */
  impossible;
  #shift = 0;
  #fd;
  #mounted = [];

  constructor(root) {
    const dir = join(root, 'clock');
    const [offset, library, etc] = [join(dir, 'offset'), join(dir, 'shifted-clock.so'), join(dir, 'etc')];
    try {
      assertOwnMounts();
      mkdirSync(etc, { recursive: true });
      run(
        'cc',
        '-O2',
        '-shared',
        '-fPIC',
        `-DOFFSET_FILE="${offset}"`,
        '-o',
        library,
        join(import.meta.dirname, 'shifted-clock.c'),
        '-ldl',
      );
      this.#fd = openSync(offset, 'w');
      this.set(0);
      this.#mount(etc, '-t', 'tmpfs', '-o', 'mode=755', 'tmpfs');
      run('cp', '-a', '/etc/.', etc);
      writeFileSync(join(etc, 'ld.so.preload'), `${library}\n`);
      this.#mount('/etc', '--bind', etc);
    } catch (error) {
      this.impossible = `the box has no clock of its own here (${String(error.stderr || error.message).trim()})`;
    }
  }

  #mount(dir, ...what) {
    run('mount', ...what, dir);
    this.#mounted.unshift(dir);
  }

  /** Gives the machine's own /etc back. */
  remove() {
    for (const dir of this.#mounted) run('umount', '--lazy', dir);
  }

  /** Sets the box's clock forward by that many seconds, or back if they are negative. */
  jump(seconds) {
    this.set(this.#shift + seconds);
  }

  set(shift) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(shift));
    writeSync(this.#fd, bytes, 0, 8, 0);
    this.#shift = shift;
  }
}

const run = (program, ...args) => execFileSync(program, args, { stdio: 'pipe' });
