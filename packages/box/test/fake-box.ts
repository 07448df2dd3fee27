import { boxPaths, requestOnce, type BoxConfig } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trySignal } from '@pinky/supervisor';
import type { ChildAnswer, PsAnswer } from '../src/supervise/box-requests';

const root = join(__dirname, '../../..');
const supervisorModule = join(root, 'packages/box/dist/program/run-box-supervisor.js');

/** Compiles the program, because a real process cannot load TypeScript. */
export const compile = (): void =>
  void execFileSync(join(root, 'node_modules/.bin/tsc'), ['-b', join(root, 'packages/box')], { stdio: 'pipe' });

/** A home with a real supervisor and fake children. `end` removes every process and file. */
export class FakeBox {
  readonly home = mkdtempSync(join(tmpdir(), 'box-'));
  readonly paths = boxPaths(this.home);
  readonly servers = join(this.home, 'servers');
  supervisor: ChildProcess | undefined;
  /** Variables of the supervisor in addition to ours. */
  env: NodeJS.ProcessEnv = {};
  readonly #over = new AbortController();

  constructor(config: Partial<BoxConfig> = {}) {
    mkdirSync(this.servers);
    this.configure(config);
  }

  configure(config: Partial<BoxConfig>): void {
    writeFileSync(
      this.paths.effectiveConfig,
      JSON.stringify({
        box: 'test',
        home: this.home,
        servers: this.servers,
        backups: join(this.home, 'backups'),
        logLevel: 'debug',
        version: '1.2.3',
        redis: 'redis://127.0.0.1:1',
        worker: {
          heartbeatIntervalMs: 50,
          heartbeatTimeoutMs: 20_000,
          gracefulKillTimeoutMs: 20_000,
          immediateKillTimeoutMs: 1_000,
        },
        crashLoop: {
          limit: 5,
          halfLifeMs: 60_000,
          firstBackoffMs: 50,
          maxBackoffMs: 200,
        },
        ...config,
      }),
    );
  }

  /** Starts a supervisor. Resolves when the queue and the workers of all folders have said hello. */
  async up(...serverIds: readonly string[]): Promise<void> {
    for (const id of serverIds) mkdirSync(join(this.servers, id), { recursive: true });
    this.spawn();
    await this.until(async () => {
      const { children } = await this.ps();
      return (
        children.filter((c) => c.role === 'worker' && c.status).length >= serverIds.length &&
        children.some(
          ({ role, pid }) => role === 'queue' && pid !== undefined && this.traced(new RegExp(`^queue ${pid} started`)),
        )
      );
    });
  }

  spawn(): ChildProcess {
    this.supervisor = spawn(
      process.execPath,
      [join(__dirname, 'programs/supervise.js'), supervisorModule, '-'.repeat(100)],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, ...this.env, PINKY_HOME: this.home },
      },
    );
    return this.supervisor;
  }

  signal(signal: NodeJS.Signals): void {
    this.supervisor!.kill(signal);
  }

  /** The supervisor's exit code, or the signal that killed it. */
  exit(supervisor = this.supervisor!): Promise<number | NodeJS.Signals | null> {
    const { exitCode, signalCode } = supervisor;
    if (exitCode !== null || signalCode !== null) return Promise.resolve(exitCode ?? signalCode);
    return new Promise((resolve) => supervisor.once('exit', (code, signal) => resolve(code ?? signal)));
  }

  async request(method: string, params: unknown = {}): Promise<unknown> {
    return requestOnce({ path: this.paths.supervisorSocket }, method, params, { deadlineMs: 5_000 });
  }

  async ps(): Promise<PsAnswer> {
    return (await this.request('ps')) as PsAnswer;
  }

  async child(name: string): Promise<ChildAnswer | undefined> {
    return (await this.ps()).children.find((c) => (c.serverId ?? c.role) === name);
  }

  async pid(name: string): Promise<number | undefined> {
    return (await this.child(name))?.pid;
  }

  /** The lines that the children recorded. */
  trace(): readonly string[] {
    return existsSync(join(this.home, 'trace'))
      ? readFileSync(join(this.home, 'trace'), 'utf8').trim().split('\n')
      : [];
  }

  traced(pattern: RegExp): boolean {
    return this.trace().some((line) => pattern.test(line));
  }

  /** Lets a child misbehave. fake-child.js knows how. */
  trouble(what: string, name: string): void {
    appendFileSync(join(this.home, `${what}-${name}`), '');
  }

  noTrouble(what: string, name: string): void {
    rmSync(join(this.home, `${what}-${name}`));
  }

  log(): string {
    return readFileSync(join(this.paths.logDir, 'supervisor.log'), 'utf8');
  }

  /**
   * Looks again and again until it is true, also while no supervisor listens. The test's own limit ends it, by `end`:
   * what it looks at may belong to the next test by then.
   */
  async until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
    const look = async (): Promise<boolean> => {
      try {
        return await isTrue();
      } catch {
        return false; // no supervisor listens yet
      }
    };
    await until('the box is as the test wants it', look, { signal: this.#over.signal });
  }

  async end(): Promise<void> {
    this.#over.abort(new Error('the test is over'));
    if (this.supervisor?.exitCode === null) this.supervisor.kill('SIGKILL');
    if (this.supervisor) await this.exit();
    // including processes that were just being started
    for (const pid of readdirSync('/proc').map(Number)) if (isOf(pid, this.home)) trySignal(pid, 'SIGKILL');
    rmSync(this.home, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Whether a process has this home in its environment or, like redis-server, in its command line. */
function isOf(pid: number, home: string): boolean {
  try {
    return ['environ', 'cmdline'].some((file) => readFileSync(`/proc/${pid}/${file}`, 'latin1').includes(home));
  } catch {
    return false; // it has ended
  }
}
