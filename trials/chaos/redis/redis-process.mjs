import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A redis-server or Sentinel in a folder of its own, which the box does not know. */
export class RedisProcess {
  #child;

  /** `lines` are its configuration. Redis writes what it learns into the same file. */
  constructor(dir, port, lines, isSentinel = false) {
    Object.assign(this, { dir, port, isSentinel });
    mkdirSync(dir, { recursive: true });
    const own = [`dir ${dir}`, 'bind 127.0.0.1', `port ${port}`, `logfile ${join(dir, 'log')}`];
    writeFileSync(join(dir, 'conf'), [...own, ...lines, ''].join('\n'));
  }

  get isAlive() {
    return this.#child?.exitCode === null && this.#child.signalCode === null;
  }

  /** The clock of the box leaves whatever has a SERVER_ID alone, and this Redis is on another machine. */
  start() {
    const args = [join(this.dir, 'conf'), ...(this.isSentinel ? ['--sentinel'] : [])];
    this.#child = spawn('redis-server', args, { stdio: 'ignore', env: { ...process.env, SERVER_ID: 'redis' } });
    this.#child.on('error', () => undefined); // it does not answer then, and its pair says so
  }

  signal(name) {
    return this.isAlive && this.#child.kill(name);
  }

  async kill() {
    if (!this.isAlive) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}
