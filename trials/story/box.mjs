import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { commandLine, isRunning, killHard, processesNaming } from './processes.mjs';

const run = promisify(execFile);
export const root = fileURLToPath(new URL('../..', import.meta.url));
const pinky = join(root, 'packages/cli/bin/pinky');

/** How many of a log's last lines are shown when something failed. */
const shownLines = 15;

/** A console file begins with a hole, which reads as NUL bytes: what was consumed was given back to the disk. */
const tail = (file) =>
  readFileSync(file, 'utf8')
    .replaceAll('\0', '')
    .trimEnd()
    .split('\n')
    .slice(-shownLines)
    .map((line) => line.slice(0, 500))
    .filter((line) => line !== '');

/** A box in a temporary home, driven by the command that people use. */
export class StoryBox {
  constructor(home) {
    this.home = home;
    // The caller's shell may have variables for another box.
    const {
      PARTY_CLOUD_REDIS: _redis,
      SERVERS: _servers,
      BACKUPS: _backups,
      BACKUP_BUCKET: _bucket,
      ...env
    } = process.env;
    this.env = { ...env, PINKY_HOME: home };
  }

  /** Runs `pinky …` and answers its JSON. Throws what it printed if it fails. */
  async pinky(...args) {
    try {
      const { stdout } = await run(pinky, [...args, '--json'], { env: this.env, maxBuffer: 1 << 26 });
      return stdout.trim() === '' ? {} : JSON.parse(stdout.trim().split('\n').at(-1));
    } catch (failure) {
      throw new Error(
        `pinky ${args.join(' ')} exited with ${failure.code}: ${failure.stdout}${failure.stderr}`.trim(),
        { cause: failure },
      );
    }
  }

  up() {
    return this.pinky('up', '--daemonize');
  }

  /** Everything that a game has printed so far. */
  async console(serverId) {
    return (await run(pinky, ['logs', serverId, '-n', '100000'], { env: this.env, maxBuffer: 1 << 26 })).stdout;
  }

  /** The pids by role, and what the box says about one server. */
  async tree(serverId) {
    const { processes, servers } = await this.pinky('ps');
    const pid = (role) => processes.find((one) => one.role === role && one.state === 'running')?.pid;
    const server = servers.find((one) => one.serverId === serverId);
    return {
      supervisor: pid('supervisor'),
      redis: pid('redis-server'),
      queue: pid('queue'),
      worker: server?.worker?.pid,
      server,
    };
  }

  /** The server's folder and pid file, if they exist. */
  filesOf(serverId) {
    return [serverId, `${serverId}.pid`]
      .map((name) => join(this.home, 'servers', name))
      .filter((path) => existsSync(path));
  }

  pidFile(serverId) {
    try {
      return Number(readFileSync(join(this.home, 'servers', `${serverId}.pid`), 'utf8'));
    } catch {
      return undefined;
    }
  }

  /** The last lines of every log and console of the box. */
  lastLines() {
    const isShown = (file) => /^log\/[^/]*$|^servers\/[^/]*\/runs\/.*(console|journal)$/.test(file);
    return readdirSync(this.home, { recursive: true })
      .filter(isShown)
      .map((file) => ({ file, lines: tail(join(this.home, file)) }))
      .filter(({ lines }) => lines.length > 0);
  }

  /** Ends the box and removes its home. Answers the processes that had to be killed after `pinky down`. */
  async remove() {
    if (existsSync(join(this.home, 'supervisor.pid'))) await this.pinky('down', '--now').catch(() => undefined);
    const left = processesNaming(this.home).map((pid) => ({ pid, command: commandLine(pid) }));
    for (const { pid } of left) if (isRunning(pid)) await killHard(pid);
    rmSync(this.home, { recursive: true, force: true });
    return left.map(({ pid, command }) => `${pid} ${command}`);
  }
}
