import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  boxPaths,
  Listener,
  serverPaths,
  titlePadding,
  type BoxConfig,
  type Command,
  type CommandData,
  type CommandName,
  type CommandResult,
  type FunpackManifest,
  type Message,
  type Peer,
  type ServerStatus,
} from '@pinky/protocol';
import { lookFor, patienceMs, until } from '@pinky/protocol/testing';
import { configOf } from '../fakes/config.js';
import { ensureBuilt, workerProgram } from './built-worker.js';
import { FakeQueue } from './fake-queue.js';
import { commandOf, gone, killAll, processesOf, runs } from './processes.js';
import { RealWorker } from './real-worker.js';

jest.setTimeout(2 * patienceMs); // a bound on what hangs; a test that passes does not wait for it

export type Game =
  | 'obedient.sh'
  | 'ignores-term.sh'
  | 'never-ready.sh'
  | 'exits-at-once.sh'
  | 'forks-children.sh'
  | 'prints-100-mb-without-newline.cjs'
  | 'prints-invalid-utf8.sh'
  | 'prints-json-of-wrong-types.sh'
  | 'chatty.cjs'
  | 'silent.sh'
  | 'closes-stdin.sh'
  | 'rewrites-its-title.cjs'
  | 'ends-itself-after-stopping.sh'
  | 'listens-elsewhere.cjs'
  | 'polled.cjs'
  | 'tells-its-stacks.sh'
  | 'attacks.sh';

export interface BoxOptions {
  readonly config?: Partial<BoxConfig>;
  /** A file system on which everything is; default a new folder. */
  readonly mounted?: string;
  /** The user that the workers run as. Default: that of the test. */
  readonly uid?: number;
}

type DataOf<N extends CommandName, C extends CommandData = CommandData> = C extends { readonly name: infer M }
  ? N extends M
    ? C['data']
    : never
  : never;

let boxes = 0;

/** A box without its supervisor, queue and Redis: fakes of them, and real workers with real games, in one folder. */
export class Box {
  readonly queue: FakeQueue;
  readonly supervisorStatuses: ServerStatus[] = [];
  /** The workers' answers to the supervisor's orders. */
  readonly supervisorHeard: Message['type'][] = [];
  readonly #workers: RealWorker[] = [];
  readonly #supervisor: Listener;
  readonly #supervised = new Map<string, Peer>();
  #commands = 0;

  private constructor(readonly home: string, readonly config: BoxConfig, private readonly options: BoxOptions) {
    this.queue = new FakeQueue(boxPaths(home).queueSocket);
    this.#supervisor = new Listener(boxPaths(home).supervisorSocket, {
      onMessage: (message, peer) => {
        if (message.type === 'identify' && message.serverId !== undefined) this.#supervised.set(message.serverId, peer);
        if (message.type === 'status') this.supervisorStatuses.push(message.status);
        else this.supervisorHeard.push(message.type);
      },
    });
  }

  static async open(options: BoxOptions = {}): Promise<Box> {
    ensureBuilt();
    const { config = {}, mounted, uid } = options;
    const home = mounted ?? mkdtempSync(join(tmpdir(), 'pinky-worker-'));
    mkdirSync(boxPaths(home).logDir, { recursive: true });
    const box = new Box(home, { ...configOf(home), ...quick(), ...config }, options);
    box.configure({});
    await box.#supervisor.start();
    await box.queue.start();
    if (uid !== undefined) execFileSync('chown', ['-R', `${uid}:${uid}`, home]);
    return box;
  }

  /** Ends every process that this box has started, by pid, and removes its files. */
  async close(): Promise<void> {
    killAll(this.#workers.map(({ pid }) => pid));
    const endings = await Promise.all(this.#workers.map(({ ended }) => ended));
    await until('every game is gone', () => {
      const left = processesOf(this.config.servers);
      killAll(left);
      return left.length === 0;
    });
    await this.queue.end();
    await this.#supervisor.stop();
    const fatal = this.log().filter((line) => line.includes('"fatal"')).join('\n');
    for (const name of readdirSync(this.home)) rmSync(join(this.home, name), { recursive: true, force: true });
    if (this.options.mounted === undefined) rmdirSync(this.home);
    if (endings.some(({ code }) => code === 70)) throw new Error(`a worker died of an error of its own: ${fatal}`);
  }

  /** The lines that the workers have logged. */
  log(): string[] {
    const path = join(boxPaths(this.home).logDir, 'workers.log');
    return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
  }

  configure(change: Partial<BoxConfig>): void {
    writeFileSync(boxPaths(this.home).effectiveConfig, JSON.stringify({ ...this.config, ...change }));
  }

  paths(serverId: string): ReturnType<typeof serverPaths> {
    return serverPaths(this.config.servers, serverId);
  }

  /** A funpack in the program form, whose bin/run is one of the games; `programs` are further scripts in bin/. */
  funpack(
    game: Game,
    manifest: Partial<FunpackManifest> = {},
    programs: Readonly<Record<string, string>> = {},
  ): string {
    const dir = join(this.home, 'packs', `${game}-${++boxes}`);
    mkdirSync(join(dir, 'bin'), { recursive: true });
    const usual = { name: game.split('.')[0], version: '1', listens: false };
    writeFileSync(join(dir, 'funpack.json'), JSON.stringify({ ...usual, ...manifest }));
    const program = join(__dirname, 'games', game);
    const run = game.endsWith('.sh') ? `exec sh ${program}` : `exec node ${program}`;
    for (const [name, text] of Object.entries({ run, ...programs })) {
      writeFileSync(join(dir, 'bin', name), `#!/bin/sh\n${text}\n`);
      chmodSync(join(dir, 'bin', name), 0o755);
    }
    return dir;
  }

  startWorker(serverId: string): RealWorker {
    const child = spawn(process.execPath, [workerProgram, serverId, titlePadding], {
      detached: true,
      ...(this.options.uid !== undefined && { uid: this.options.uid, gid: this.options.uid }),
      stdio: ['ignore', 'ignore', process.env['WORKER_STDERR'] ? 'inherit' : 'ignore'],
      env: {
        PATH: process.env['PATH'],
        HOME: this.home,
        LANG: 'C.UTF-8',
        PINKY_HOME: this.home,
      },
    });
    const worker = new RealWorker(serverId, child);
    this.#workers.push(worker);
    return worker;
  }

  /** A command's answer; each has an id of its own unless one is given. */
  command<N extends CommandName>(
    name: N,
    data: DataOf<N>,
    more: { readonly id?: string; readonly deadlineMs?: number } = {},
  ): Promise<CommandResult> {
    // The caller's N ties name and data together, which a spread forgets.
    const command = {
      name,
      data,
      id: more.id ?? `c${++this.#commands}`,
      deadlineMs: more.deadlineMs ?? patienceMs,
    } as Command;
    return this.queue.command(command, name === 'start' ? () => this.#replaceDone(data.serverId) : undefined);
  }

  /**
   * A worker leaves after 10 s without a first command. On a starved machine it may leave before the start has come to
   * it. Then queue and supervisor start another one.
   */
  #replaceDone(serverId: string): void {
    if (this.#workers.findLast((worker) => worker.serverId === serverId)?.isDone) this.startWorker(serverId);
  }

  /** Resolves when a worker has written down that it took the command up. */
  takenUp(serverId: string, id: string): Promise<true> {
    const { answers } = boxPaths(this.home);
    return until(`${id} is taken up`, () => readOrNothing(answers(serverId)).includes(`"id":"${id}"`));
  }

  start(serverId: string, funpack: string, more: { readonly id?: string } = {}): Promise<CommandResult> {
    return this.command(
      'start',
      {
        serverId,
        funpack: { url: funpack },
        ram: { min: 64, max: 64 },
        settings: {},
      },
      more,
    );
  }

  stop(serverId: string, more: { readonly id?: string } = {}): Promise<CommandResult> {
    return this.command('stop', { serverId }, more);
  }

  /** A worker, and its game up: the most common beginning. */
  async up(serverId: string, funpack: string): Promise<{ worker: RealWorker; game: number }> {
    const worker = this.startWorker(serverId);
    const { pid } = await this.start(serverId, funpack);
    if (pid === undefined) throw new Error(`${serverId} has no pid`);
    return { worker, game: pid };
  }

  /** Says something to a worker, as the supervisor does: `shutdown` for a graceful restart, or a step of a handoff. */
  order(serverId: string, message: Message): void {
    this.#supervised.get(serverId)?.send(message);
  }

  /** The supervisor dies, and another one listens. */
  async restartSupervisor(): Promise<void> {
    await this.#supervisor.stop();
    this.#supervised.clear();
    this.supervisorHeard.splice(0);
    await this.#supervisor.start();
  }

  pidFile(serverId: string): number {
    return Number(readFileSync(this.paths(serverId).pidFile, 'utf8'));
  }

  /** The lines that the game wrote into a file of its working folder. */
  written(serverId: string, file: string): string[] {
    const path = join(this.paths(serverId).working, file);
    return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
  }

  /** Everything that a server can leave behind. Empty if it left nothing. */
  traces(serverId: string): string[] {
    const { dir, pidFile } = this.paths(serverId);
    const { ports } = boxPaths(this.home);
    const claims = existsSync(ports)
      ? readPorts(ports)
          .filter(([, owner]) => owner === serverId)
          .map(([port]) => `port ${port}`)
      : [];
    const games = processesOf(this.config.servers).map((pid) => `process ${pid}: ${commandOf(pid)}`);
    return [dir, pidFile].filter((path) => existsSync(path)).concat(claims, games);
  }

  /** Resolves once a server has left nothing. Names what is there still, where that never happens. */
  async nothingLeft(serverId: string): Promise<void> {
    const left = await lookFor(() => this.traces(serverId).length === 0) ? [] : this.traces(serverId);
    expect(left).toEqual([]);
  }

  /** The game's process ends without anybody having asked for it. */
  async killGame(serverId: string): Promise<number> {
    const pid = this.pidFile(serverId);
    process.kill(pid, 'SIGKILL');
    await gone(pid);
    return pid;
  }

  isRunning(pid: number): boolean {
    return runs(pid);
  }
}

const readOrNothing = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');

function readPorts(dir: string): [port: string, owner: string][] {
  return readdirSync(dir).map((name) => [name, readFileSync(join(dir, name), 'utf8')]);
}

/** Short pauses after a crash, and ports below those of outgoing connections. */
const quick = (): Pick<BoxConfig, 'ports' | 'crashLoop'> => ({
  ports: { first: 20_000 + Math.floor(Math.random() * 127) * 100, step: 1, count: 50 },
  crashLoop: { limit: 4.5, halfLifeMs: 600_000, firstBackoffMs: 20, maxBackoffMs: 200 },
});
