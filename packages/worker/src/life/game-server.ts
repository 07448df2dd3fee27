import { launchSpec, type Funpack } from '@pinky/funpack-runner/light';
import {
  deferred,
  funpackNameOf,
  nextState,
  PinkyError,
  toErrorAnswer,
  type BoxConfig,
  type Clock,
  type CommandResult,
  type Deferred,
  type ErrorAnswer,
  type GameEvent,
  type Logger,
  type ServerEvent,
  type ServerState,
  type ServerStatus,
  type StartData,
} from '@pinky/protocol';
import type { ExitStatus } from '../launch/exit-status.js';
import { makeFifos } from '../launch/fifo.js';
import type { EventSender } from '../publish/event-sender.js';
import type { RecordedAnswers } from '../record/recorded-answers.js';
import type { ServerRecord } from '../record/server-record.js';
import type { PortPool } from '../ports/port-pool.js';
import { BackupSchedule } from '../backup/backup-schedule.js';
import { CrashFlow } from './crash-flow.js';
import { Runs } from '../run/runs.js';
import type { GameRun } from '../run/game-run.js';
import { prepare, type Prepared } from '../prepare/preparation.js';
import type { ServerFiles } from '../record/server-files.js';
import { defaultStartTimeoutMs, Watchdog } from './watchdog.js';

export interface GameServerOptions {
  readonly config: () => BoxConfig;
  readonly files: ServerFiles;
  readonly ports: PortPool;
  readonly book: RecordedAnswers;
  readonly publisher: EventSender;
  readonly clock: Clock;
  readonly log: Logger;
  /** Kills every process that belongs to this server, wherever it hid. Only while no game runs that is to live. */
  readonly clearRemains: () => void;
  readonly onStatus: () => void;
  readonly onProgress: (progress: { label: string; done: number; total?: number }) => void;
}

/** What happens at turns of a server's life that are other parts' business. */
export interface ServerHooks {
  /** The game announced its end and left: it is stopped like any other. */
  readonly endedByItself: () => void;
  /** The game did not say that it is ready in time. */
  readonly notReady: () => void;
  readonly up: () => void;
}

const nothing = (): void => undefined;
/** What comes next for a server that is `failed`. */
const givenUp: Next = { what: 'nothing, until it is started again or stopped for good' };

/** What comes next by itself, for `pinky explain`. */
interface Next {
  readonly what: string;
  readonly at?: number;
}

/**
 * One game server: what state it is in, and how it gets from one to the next. Every change goes through the lifecycle
 * table, is logged, and is told to whoever watches. Commands reach it through `Commands`; stops are `StopFlow`'s.
 */
export class GameServer {
  record: ServerRecord | undefined;
  prepared: Prepared | undefined;
  isBackingUp = false;
  /** A stop is under way: exits are its business. */
  isStopping = false;
  /** Set by the parts that know how to end a game and when to back it up. */
  hooks: ServerHooks = { endedByItself: nothing, notReady: nothing, up: nothing };
  readonly runs: Runs;
  readonly backups: BackupSchedule;
  readonly recovery: CrashFlow;
  readonly #watchdog: Watchdog;
  #state: ServerState = 'down';
  #since: number;
  #because = 'nothing has been asked for';
  #next: Next | undefined;
  #start: { readonly promise: Promise<CommandResult>; readonly abort: AbortController } | undefined;
  #ready: Deferred<void> = unheard();

  constructor(readonly options: GameServerOptions) {
    this.#since = options.clock.wallNow();
    this.#watchdog = new Watchdog(options.clock, (verdict) => this.#overdue(verdict));
    this.backups = new BackupSchedule(options.clock);
    this.recovery = new CrashFlow(this);
    this.runs = new Runs({
      ...options,
      onEvent: (event, instance) => this.#hear(event, instance),
      onLaunched: (instance) => this.#launched(instance),
      onExit: (status) => this.exited(status),
    });
  }

  get serverId(): string {
    return this.options.files.serverId;
  }

  get instance(): GameRun | undefined {
    return this.runs.instance;
  }

  get state(): ServerState {
    return this.#state;
  }

  get starting(): Promise<CommandResult> | undefined {
    return this.#start?.promise;
  }

  get funpack(): Funpack | undefined {
    return this.prepared?.funpack;
  }

  get failure(): ErrorAnswer | undefined {
    return this.record?.failed;
  }

  status(): ServerStatus {
    const { record, instance } = this;
    const next = this.#next ?? (this.backups.nextAt !== undefined && { what: 'a backup', at: this.backups.nextAt });
    return {
      serverId: this.serverId,
      game: this.funpack?.manifest.name ?? record?.start.funpackId ?? funpackNameOf(record?.start.funpack.url ?? ''),
      state: this.#state,
      wanted: record?.wanted ?? 'down',
      since: this.#since,
      isBackingUp: this.isBackingUp,
      restarts: record?.restarts ?? 0,
      players: instance?.lives ? instance.players.map(({ name }) => name) : [],
      because: this.#because,
      ...(record && { port: record.port }),
      ...(instance?.lives && instance.pid !== undefined && { pid: instance.pid }),
      ...(instance && { run: instance.run.id }),
      ...(next && { next: next.what, ...(next.at !== undefined && { nextAt: next.at }) }),
    };
  }

  result(more: Partial<CommandResult> = {}): CommandResult {
    const { record, instance } = this;
    const isUp = this.#state === 'up';
    return {
      serverId: this.serverId,
      state: this.#state,
      ...(isUp && record && { port: record.port }),
      ...(isUp && instance?.pid !== undefined && { pid: instance.pid }),
      ...more,
    };
  }

  /** Looks an event up in the table, and changes state if it says so. */
  apply(event: ServerEvent, because: string, next?: Next): boolean {
    const to = nextState(this.#state, event);
    if (!to) return false;
    this.options.log.info({
      event: 'server.state',
      serverId: this.serverId,
      from: this.#state,
      to,
      because,
    });
    this.#enter(to, because, next);
    return true;
  }

  /**
   * The state that a predecessor left behind, `since` in Unix milliseconds: not a change, so not a matter of the table.
   */
  resume(state: ServerState, because: string, since?: number): void {
    this.#enter(state, because, state === 'failed' ? givenUp : undefined, since);
  }

  /** The state is the same, and something else comes next. */
  expect(next: Next): void {
    this.#next = next;
    this.options.onStatus();
  }

  /** Throws where the disk is full; this worker goes by the change all the same. */
  write(change: Partial<ServerRecord>): void {
    if (!this.record) return;
    this.record = { ...this.record, ...change };
    this.options.files.write(this.record);
  }

  /** For what must go on though it cannot be written down. */
  tryWrite(change: Partial<ServerRecord>): void {
    try {
      this.write(change);
    } catch (error) {
      this.options.log.error({ event: 'server.record_unwritten', serverId: this.serverId, error: String(error) });
    }
  }

  /** Begins a start, or a start over after a failure. What it needs is on disk before anything else happens. */
  begin(start: StartData, because = 'a start was asked for'): Promise<CommandResult> {
    this.apply('start', because, { what: 'the game is launched once everything is in place' });
    this.recovery.forget();
    const abort = new AbortController();
    const promise = this.#begin(start, abort.signal).catch((error: unknown) => this.#startFailed(error, abort.signal));
    this.#track(promise, abort);
    return promise;
  }

  /** Goes on with a start that a predecessor had begun: the answer comes when the game is up. */
  awaitReady(): void {
    const abort = new AbortController();
    this.#ready = unheard();
    const { promise } = this.#ready;
    this.#watchReady();
    this.#track(promise.then(() => this.result()), abort);
  }

  /** Ends a start or a backoff that is under way; its sender gets `cancelled`. */
  cancelStart(): void {
    const cancelled = new PinkyError('cancelled', `server ${this.serverId}: the start was cancelled by a stop`);
    this.#start?.abort.abort(cancelled);
    this.#ready.reject(cancelled);
    this.recovery.cancel();
    this.#watchdog.stop();
    this.backups.stop();
  }

  /** Ends the watch on a game that is gone. */
  unwatch(): void {
    this.#watchdog.stop();
  }

  /** The game does what it should from now on: its watches are set. */
  nowUp(): void {
    this.#ready.resolve();
    this.hooks.up();
    this.#watchSilence();
  }

  /** The game is gone: was that meant? */
  exited(status: ExitStatus): void {
    if (this.isStopping) return;
    if (status.code === 0 && this.instance?.saidStopping && this.#state === 'up') this.hooks.endedByItself();
    else this.recovery.unexpectedExit(status);
  }

  /** Lets go of everything; the game lives on. */
  leave(): void {
    this.#start?.abort.abort(new PinkyError('connection_lost', 'the worker is leaving'));
    this.recovery.cancel();
    this.#watchdog.stop();
    this.backups.stop();
    this.instance?.abandon();
  }

  #track(promise: Promise<CommandResult>, abort: AbortController): void {
    const start = { promise, abort };
    this.#start = start;
    const over = (): void => { if (this.#start === start) this.#start = undefined; };
    promise.then(over, over);
  }

  async #begin(start: StartData, signal: AbortSignal): Promise<CommandResult> {
    const { files } = this.options;
    files.make();
    const old = this.record;
    const port = this.#portFor(old?.port);
    const hasWorld =
      old?.hasWorld === true && !old.isWorldUnused && (start.world === undefined || sameWorld(old.start, start));
    this.record = {
      format: 1,
      start,
      wanted: 'up',
      port,
      hasWorld,
      isWorldUnused: !hasWorld,
      isPrepared: false,
      restarts: 0,
      ...(old?.funpack && hasWorld && { funpack: old.funpack }),
    };
    files.write(this.record);
    await this.#prepareAndLaunch(start, port, signal);
    await this.#ready.promise;
    return this.result();
  }

  /** Whether somebody else has the port while the game is down. */
  get hasLostPort(): boolean {
    return this.record?.port !== undefined && !this.options.ports.isFree(this.record.port);
  }

  /** The port that the server had, unless somebody else has it now. */
  #portFor(old: number | undefined): number {
    const { ports } = this.options;
    if (old !== undefined && ports.isFree(old)) return old;
    if (old !== undefined) ports.release(this.serverId, old);
    return ports.take(this.serverId);
  }

  async #prepareAndLaunch(start: StartData, port: number, signal: AbortSignal): Promise<void> {
    const { files, log, onProgress, config } = this.options;
    const instance = this.runs.begin();
    instance.run.note('preparing', { funpack: start.funpack.url });
    this.#ready = unheard();
    const input = {
      config: config(),
      files,
      start,
      port,
      hasWorld: this.record?.hasWorld === true,
      signal,
      onProgress,
    };
    const prepared = await prepare({
      ...input,
      onLine: (line) => log.info({ event: 'funpack.output', serverId: this.serverId, line: line.slice(0, 1_000) }),
      onFunpack: (funpack, context) => {
        this.write({ funpack: { dir: funpack.dir, digest: funpack.digest } });
        this.prepared = { funpack, context };
        instance.speaks(funpack, context);
      },
      onWorld: (from) => {
        this.write({ hasWorld: true });
        if (from !== undefined) instance.run.note('restored', { world: from });
      },
    });
    makeFifos([files.paths.pipeStdin, files.paths.pipeAlive]);
    await this.launch(prepared);
  }

  /** Launches what was prepared, in the current run. */
  async launch({ funpack, context }: Prepared): Promise<void> {
    const spec = launchSpec(funpack, context);
    const patienceMs = funpack.manifest.startTimeoutMs ?? defaultStartTimeoutMs;
    this.apply('launched', 'the game was launched', {
      what: 'it is ended, if it is not ready',
      at: this.options.clock.wallNow() + patienceMs,
    });
    await this.instance?.launch(spec);
    this.#watchReady();
  }

  #watchReady(): void {
    this.#watchdog.watchReady(this.funpack?.manifest.startTimeoutMs);
  }

  #watchSilence(): void {
    this.#watchdog.watchSilence(this.funpack?.manifest.silenceTimeoutMs, () => this.instance?.run.lastOutputAt);
  }

  #launched(instance: GameRun): void {
    instance.run.note('launched', { pid: instance.pid, port: this.record?.port });
    this.recovery.launched();
    if (this.record?.isPrepared === false) setImmediate(() => this.tryWrite({ isPrepared: true }));
    this.options.onStatus();
  }

  /** Somebody may have played in this world: from now on it is worth a backup. */
  keepWorld(): void {
    if (this.record?.isWorldUnused) this.tryWrite({ isWorldUnused: false });
  }

  #hear(event: GameEvent, instance: GameRun): void {
    if (event.type === 'started' || event.type === 'player_connected') this.keepWorld();
    if (event.type === 'started') {
      instance.isReady = true;
      // Said too late, by a game that is being ended because it had not said it, it changes nothing.
      if (!this.isStopping && this.apply('started', 'the game said that it is ready')) this.nowUp();
    }
    if (event.type === 'player_connected' || event.type === 'player_disconnected' || event.type === 'players_list') {
      this.options.onStatus();
    }
  }

  /** The game is not running and will not be by itself; the world stays where it is. */
  fail(event: 'startFailed' | 'notReady' | 'crashLoop' | 'stopFailed', error: PinkyError): void {
    this.backups.stop();
    this.#watchdog.stop();
    this.tryWrite({ wanted: 'down', failed: toErrorAnswer(error), failedAt: this.options.clock.wallNow() });
    this.apply(event, error.message, givenUp);
    this.#ready.reject(error);
  }

  #startFailed(error: unknown, signal: AbortSignal): never {
    const failure: unknown = signal.aborted ? signal.reason : error;
    if (!signal.aborted && this.#state !== 'failed' && !this.isStopping) {
      const answer = toErrorAnswer(error);
      this.options.log.warn({
        event: 'server.start_failed',
        serverId: this.serverId,
        code: answer.code,
        message: answer.message,
      });
      this.runs.note('start_failed', { code: answer.code, message: answer.message });
      this.runs.close();
      this.#forgetUnrecorded();
      this.fail('startFailed', new PinkyError(answer.code, answer.message, { cause: error }));
    }
    throw failure;
  }

  /**
   * A start that failed before it was written down, on a full disk above all, leaves nothing that would have to be
   * stopped.
   */
  #forgetUnrecorded(): void {
    const { files, ports } = this.options;
    if (this.record && files.record() === undefined) {
      ports.release(this.serverId, this.record.port);
      this.record = undefined;
    }
  }

  /** The game did not get ready in time, or has been silent for too long. */
  #overdue(verdict: 'notReady' | 'silent'): void {
    const { instance } = this;
    if (!instance || this.isStopping) return;
    // This process may have stood still (SIGSTOP, a busy machine) while the game did not: what it has said meanwhile
    // counts.
    const heardAt = instance.run.lastOutputAt;
    instance.run.readToEnd(false);
    if (verdict === 'notReady' && this.#state !== 'starting') return;
    if (verdict === 'silent' && instance.run.lastOutputAt > heardAt) return this.#watchSilence();
    const { log } = this.options;
    log.warn({ event: `server.${verdict === 'silent' ? 'silent' : 'not_ready'}`, serverId: this.serverId });
    if (verdict === 'notReady') return this.hooks.notReady();
    instance.run.note('silent', { last_lines: instance.run.lastLines.all });
    instance.wasSilent = true;
    instance.signal('SIGKILL');
  }

  #enter(state: ServerState, because: string, next?: Next, since = this.options.clock.wallNow()): void {
    this.#state = state;
    this.#since = Math.round(since);
    this.#because = because;
    this.#next = next;
    this.options.onStatus();
  }
}

/** A deferred whose rejection may go unheard: not every start has somebody waiting for it. */
function unheard(): Deferred<void> {
  const ready = deferred<void>();
  ready.promise.catch(() => undefined);
  return ready;
}

const sameWorld = (a: StartData, b: StartData): boolean => JSON.stringify(a.world) === JSON.stringify(b.world);
