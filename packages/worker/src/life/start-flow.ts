import { launchSpec } from '@pinky/funpack-runner/light';
import {
  deferred,
  PinkyError,
  toErrorAnswer,
  type Clock,
  type CommandResult,
  type Deferred,
  type ErrorCode,
  type Logger,
  type ProgressListener,
  type StartOrder,
} from '@pinky/protocol';
import type { Admission, LaunchRank } from '../admission/launch-admission.js';
import type { StartPatience } from '../admission/start-patience.js';
import type { BackupSchedule } from '../backup/backup-schedule.js';
import type { Confinement } from '../launch/confinement.js';
import type { Machine } from '../machine/machine.js';
import type { Ports } from '../ports/port-pool.js';
import { releaseAll } from '../ports/server-ports.js';
import { recordOf, StartPorts } from '../ports/start-ports.js';
import type { Prepare, Prepared } from '../prepare/preparation.js';
import { prepared, type StartPreparation } from '../prepare/start-preparation.js';
import type { ServerFiles } from '../record/server-files.js';
import { recordOfStart } from '../record/server-record.js';
import type { CrashCounter } from './crash-counter.js';
import type { GameRun } from '../run/game-run.js';
import type { Standbys } from '../standby/standbys.js';
import type { GameServer } from './game-server.js';
import { processObstacle } from './obstacle.js';
import { turnOf } from './server-state.js';
import { defaultStartTimeoutMs, type Watchdog } from './watchdog.js';

/** Pause between two attempts to start a process that the machine has no room for, milliseconds. */
const roomPauseMs = 1_000;

export interface StartFlowParts {
  readonly server: GameServer;
  readonly files: ServerFiles;
  readonly machine: Machine;
  readonly ports: Ports;
  readonly crashes: CrashCounter;
  readonly watchdog: Watchdog;
  readonly schedule: BackupSchedule;
  readonly preparation: StartPreparation;
  /** How the game of a start is to be confined, as things are configured now. */
  readonly confinement: (start: StartOrder) => Confinement | undefined;
  readonly prepare: Prepare;
  readonly admission: Admission;
  readonly patience: Pick<StartPatience, 'begin'>;
  readonly standbys: Pick<Standbys, 'take'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onProgress: ProgressListener;
  /** Pinky gave the server up, for this reason. */
  readonly onStaysDown: (because?: ErrorCode) => void;
}

/** From nothing to a game that is up: port, record, preparation, launch, and the wait until the game says `started`. */
export class StartFlow {
  #current: { readonly promise: Promise<CommandResult>; readonly abort: AbortController } | undefined;
  #ready: Deferred<void> = unheard();
  readonly #ports: StartPorts;

  constructor(private readonly parts: StartFlowParts) {
    this.#ports = new StartPorts(parts.server, parts.ports);
  }

  /** The start that is under way. If its game crashes before it was up, the start goes on with the next launch. */
  get current(): Promise<CommandResult> | undefined {
    return this.#current?.promise;
  }

  /** Throws `port_taken` for a start that could not have the port that it was given, while another game of it runs. */
  assertPortFree(start: StartOrder): void {
    this.#ports.assertFree(start);
  }

  /** Begins a start, or starts over after a failure. Everything that it needs is written to disk first. */
  begin(start: StartOrder, because = 'a start was asked for'): Promise<CommandResult> {
    this.parts.crashes.forget();
    return this.beginAgain(start, because);
  }

  /** As `begin`, but the crash count goes on. */
  beginAgain(start: StartOrder, because: string): Promise<CommandResult> {
    const { state } = this.parts.server;
    state.apply('start', because, prepared);
    state.take('start');
    const abort = new AbortController();
    return this.#track(
      this.#start(start, abort.signal).catch((error: unknown) => this.#failed(error, abort.signal)),
      abort,
    );
  }

  /** Goes on with a start of the worker before, whose game is still loading. */
  resume(): void {
    const { server: { state }, patience, admission } = this.parts;
    state.take('start');
    patience.begin();
    admission.count();
    this.#watchReady();
    void this.untilUp();
  }

  /** Launches the prepared game in the current run. Rejects if it cannot be launched. */
  async launch({ funpack, context }: Prepared): Promise<void> {
    const { server: { state, runs }, clock, patience, standbys } = this.parts;
    const spec = launchSpec(funpack, context);
    const patienceMs = funpack.manifest.startTimeoutMs ?? defaultStartTimeoutMs;
    const next = { what: 'it is ended if it is not ready', at: clock.wallNow() + patienceMs };
    state.apply('launched', 'the game was launched', next);
    this.parts.onProgress({ label: 'starting', done: 0, phase: 'starting' });
    state.take('start');
    patience.begin();
    const ahead = standbys.take();
    const endStandby = (error: unknown): never => { void ahead?.standby.end(); throw error; }; // it may not be used yet
    await runs.current?.launch(spec, ahead).catch(endStandby);
    this.#watchReady();
  }

  /** The game gets its time to load once more. */
  watchOn(): void {
    this.#watchReady();
  }

  /** Answers when the game is up. This is a start like any other: it can be joined and cancelled. */
  untilUp(): Promise<CommandResult> {
    if (this.#current) return this.#current.promise;
    this.#ready = unheard();
    const up = this.#ready.promise.then(() => this.parts.server.result());
    return this.#track(up, new AbortController());
  }

  /** The game has said that it is ready. */
  up(): void {
    this.parts.server.state.release('start');
    this.#ready.resolve();
  }

  /** The game does not run, and nothing will start it by itself. The world stays. */
  fail(event: 'startFailed' | 'notReady' | 'crashLoop' | 'stopFailed', error: PinkyError): void {
    const { server: { state, record }, clock, onStaysDown } = this.parts;
    this.#quiet();
    record.tryChange({ wanted: 'down', failed: toErrorAnswer(error), failedAt: clock.wallNow() });
    state.apply(event, error.message);
    state.release(state.flow);
    if (event !== 'stopFailed') onStaysDown(error.code);
    this.#ready.reject(error);
  }

  /** Ends a start that is under way. Its sender gets `cancelled`. */
  cancel(): void {
    const { serverId } = this.parts.server;
    const cancelled = new PinkyError('cancelled', `server ${serverId}: the start was cancelled by a stop`);
    this.#current?.abort.abort(cancelled);
    this.#ready.reject(cancelled);
    this.#quiet();
  }

  /** Lets go of a start that is under way: the next worker goes on with it. */
  leave(): void {
    this.#current?.abort.abort(new PinkyError('connection_lost', 'the worker is leaving'));
    this.#quiet();
  }

  #track(promise: Promise<CommandResult>, abort: AbortController): Promise<CommandResult> {
    const start = { promise, abort };
    this.#current = start;
    const over = (): void => { if (this.#current === start) this.#current = undefined; };
    promise.then(over, over);
    return promise;
  }

  async #start(start: StartOrder, signal: AbortSignal): Promise<CommandResult> {
    const { server, files, preparation } = this.parts;
    files.make();
    const before = server.record.now;
    const confinement = this.parts.confinement(start);
    const record = {
      ...recordOfStart(before, start, this.#ports.first(start, before?.port || undefined)),
      ...(confinement && { confinement }),
    };
    if (server.isPersistent && server.hasWorld && !record.hasWorld) await preparation.setPlayedAside();
    server.record.begin(record);
    this.#ports.areRecorded();
    await this.#prepareAndLaunch(start.isComingBack ? 'comesBack' : 'asked', signal);
    await this.#ready.promise;
    return server.result();
  }

  async #prepareAndLaunch(rank: LaunchRank, signal: AbortSignal): Promise<void> {
    const { server, files: { paths }, machine, admission } = this.parts;
    const run = server.runs.begin();
    this.#awaitReady();
    for (;;) {
      const prepared = await this.#prepare(run, signal);
      signal.throwIfAborted(); // a stop may have come in the meantime
      await this.#withRoom(signal, async () => machine.makeFifos([paths.pipeStdin, paths.pipeAlive]));
      const { state } = server;
      await admission.admit(rank, signal, (place) => state.expect(turnOf(place)));
      if (signal.aborted) admission.done(); // a stop came with its turn
      signal.throwIfAborted();
      if (!this.#ports.haveMoved(prepared.funpack)) return this.#withRoom(signal, () => this.launch(prepared));
      admission.done();
    }
  }

  #prepare(run: GameRun, signal: AbortSignal): Promise<Prepared> {
    const { server: { record }, prepare, preparation } = this.parts;
    const { start, port, portWas } = recordOf(record);
    run.runLog.note('preparing', {
      funpack: start.funpack.url,
      ...(portWas !== undefined && { port, port_was: portWas }),
    });
    return this.#withRoom(signal, () => prepare({
      ...preparation.inputOf(run),
      start,
      port: recordOf(record).port,
      takePorts: (funpack) => this.#ports.take(funpack),
      signal,
    }));
  }

  /** Those who wait for an earlier launch of this start wait for this one. */
  #awaitReady(): void {
    const { resolve, reject } = this.#ready;
    this.#ready = unheard();
    this.#ready.promise.then(resolve, reject);
  }

  /**
   * Does a step. While the machine has no room for another process or open file, it is tried again: that says nothing
   * about the game, and passes.
   */
  async #withRoom<T>(signal: AbortSignal, step: () => Promise<T>): Promise<T> {
    const { server: { serverId, state }, clock, log } = this.parts;
    for (;;) {
      try {
        return await step();
      } catch (error) {
        const obstacle = signal.aborted ? undefined : processObstacle(error);
        if (!obstacle) throw error;
        const { because, once } = obstacle;
        log.warn({ event: 'server.no_room', serverId, because });
        const at = clock.wallNow() + roomPauseMs;
        state.expect({ what: `the start goes on once ${once}, because now ${because}`, at });
        if (!(await clock.rest(roomPauseMs, signal))) throw signal.reason;
      }
    }
  }

  #failed(error: unknown, signal: AbortSignal): never {
    const failure: unknown = signal.aborted ? signal.reason : error;
    const { state } = this.parts.server;
    const isToldAlready = state.now === 'failed' || state.flow === 'stop';
    if (!signal.aborted && !isToldAlready) this.#tellFailure(error);
    throw failure;
  }

  #tellFailure(error: unknown): void {
    const { server: { serverId, runs }, log } = this.parts;
    const { code, message } = toErrorAnswer(error);
    log.warn({ event: 'server.start_failed', serverId, code, message });
    runs.note('start_failed', { code, message });
    runs.close();
    this.#forgetUnrecorded();
    this.fail('startFailed', new PinkyError(code, message, { cause: error }));
  }

  /**
   * A start that failed before it was on disk, most likely because that is full, leaves nothing that has to be stopped.
   */
  #forgetUnrecorded(): void {
    const { server: { serverId, record }, files, ports } = this.parts;
    if (!record.now || files.record() !== undefined) return;
    releaseAll(ports, serverId, record.now);
    record.forget();
  }

  #watchReady(): void {
    const { server, watchdog } = this.parts;
    watchdog.watchReady(server.funpack?.manifest.startTimeoutMs);
  }

  /** Stops watching the game, and stops the backups. */
  #quiet(): void {
    this.parts.watchdog.stop();
    this.parts.schedule.stop();
  }
}

/** A deferred whose rejection may go unheard, because nobody may be waiting for the start. */
function unheard(): Deferred<void> {
  const ready = deferred<void>();
  ready.promise.catch(() => undefined);
  return ready;
}
