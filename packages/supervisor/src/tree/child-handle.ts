import { deferred, type Clock, type Deferred } from '@pinky/protocol/base';
import { AdoptedProcess } from '../adopt/adopted-process.js';
import type { ProcessIdentity } from '../adopt/process-identity.js';
import { lacksRoom, meaningOf, type ExitMeaning, type ProcessExit } from '../restart/exit-meaning.js';
import { ChildEscalation } from './child-escalation.js';
import type { ChildSpec } from './child-spec.js';
import { childTransition, hasProcess, type ChildEvent, type ChildState } from './child-states.js';
import { launch } from './launch.js';
import type { LeaveRequest } from './leave-request.js';
import type { LiveProcess, ProcessListener } from './live-process.js';
import { RestartPause } from './restart-pause.js';
import type { TreeChild, TreeListener } from './tree-events.js';

export interface ChildContext {
  readonly clock: Clock;
  /** In [0, 1): the jitter of pauses. */
  readonly random: () => number;
  readonly onEvent: TreeListener;
}

/** A silence may be found late by this part of its limit. */
const latePart = 1 / 20;

const ignore = (): void => undefined;

/** The parent's view of one child. Keeps it in its wanted state by the table in `child-states.ts`. */
export class ChildHandle {
  #name: string;
  #state: ChildState = 'idle';
  #process: LiveProcess | undefined;
  #restarts = 0;
  #lastExit: ProcessExit | undefined;
  #toAdopt: ProcessIdentity | undefined;
  #whenGone: Deferred<ProcessExit> | undefined;
  #isReleased = false;
  readonly #escalation: ChildEscalation;
  /** From the first crash on. There may be thousands of children, and most never crash. */
  #pause: RestartPause | undefined;

  constructor(name: string, private spec: ChildSpec, private readonly context: ChildContext) {
    this.#name = name;
    this.#escalation = new ChildEscalation(context.clock, this);
  }

  get name(): string {
    return this.#name;
  }

  /** The child has another name from now on, and another spec from its next launch on. */
  rename(name: string, spec: ChildSpec): void {
    this.#name = name;
    this.spec = spec;
  }

  view(): TreeChild {
    const isWatched = this.#process !== undefined && this.spec.ladder.heartbeatTimeoutMs !== undefined;
    return {
      name: this.name,
      state: this.#state,
      pid: this.#process?.pid,
      identity: this.#process?.identity,
      isAdopted: this.#process?.isAdopted ?? false,
      restarts: this.#restarts,
      lastExit: this.#lastExit,
      heartbeatAgeMs: isWatched ? this.#escalation.silentMs : undefined,
      startsInMs: this.#state === 'backingOff' ? this.#pause?.leftMs : undefined,
    };
  }

  /** Takes effect with the next launch. Ladders and the restart policy change at once. */
  update(spec: ChildSpec): void {
    this.spec = spec;
  }

  start(): void {
    this.#apply('start');
  }

  adopt(identity: ProcessIdentity): boolean {
    this.#toAdopt = identity;
    return this.#apply('adopt');
  }

  /** Resolves with the exit once the process is gone. If there was none, at once and with undefined. */
  stop(request: LeaveRequest): Promise<ProcessExit | undefined> {
    const gone = this.whenGone(); // first, because the request may find the process gone already
    this.#escalation.request(request);
    this.#apply('stop');
    return gone;
  }

  /** Ends the process and starts another one in its place. */
  replace(request: LeaveRequest): void {
    this.#escalation.request(request);
    this.#apply('replace');
  }

  /** Resolves with the exit of the process that is alive now. */
  async whenGone(): Promise<ProcessExit | undefined> {
    if (!hasProcess[this.#state]) return undefined;
    this.#whenGone ??= deferred();
    return this.#whenGone.promise;
  }

  signal(signal: NodeJS.Signals): boolean {
    return this.#process?.signal(signal) ?? false;
  }

  /** A sign of life that came by another way than the pipe. */
  beat(): void {
    this.#escalation.beat();
  }

  /** This much of its silence does not count. */
  excuse(ms: number): void {
    this.#escalation.excuse(ms);
  }

  /** For adopted processes: whether a connection is open whose end will tell of the exit. */
  connectionHeld(isHeld: boolean): void {
    this.#process?.connectionHeld(isHeld);
  }

  /**
   * How soon to look again, milliseconds: time alone can bring a silence, or the end of an adopted process without a
   * connection, which nobody reports. Undefined if neither can come. Rungs have timers of their own.
   */
  get tickWithinMs(): number | undefined {
    if (this.#process?.needsLooks) return 0;
    const { heartbeatTimeoutMs: patienceMs } = this.#escalation.ladderOf(this.spec);
    return patienceMs === undefined || patienceMs < 0 ? undefined : patienceMs * latePart;
  }

  /** Decides what time has brought: a rung of the ladder, a missed heartbeat, the end of an adopted process. */
  tick(): void {
    this.#process?.check();
    if (this.#process) this.#escalate(this.#process);
  }

  /** Stops watching. A detached process goes on. */
  release(): void {
    this.#isReleased = true;
    this.#pause?.cancel();
    this.#escalation.stop();
    this.#process?.release();
  }

  #apply(event: ChildEvent): boolean {
    const transition = this.#isReleased ? undefined : childTransition(this.#state, event);
    if (!transition) return false;
    const from = this.#state;
    this.#state = transition.to;
    if (from !== transition.to) this.context.onEvent({
      type: 'state',
      name: this.name,
      from,
      to: transition.to,
    });
    if (from === 'backingOff') this.#pause?.cancel();
    switch (transition.act) {
      case 'launch': this.#launch(from); break;
      case 'take': this.#take(); break;
      case 'ask': this.#ask(); break;
      case 'wait': this.#pause?.wait(() => this.#pauseOver()); break;
      case 'rest': break;
    }
    return true;
  }

  #launch(from: ChildState): void {
    if (from !== 'idle' && from !== 'failed') this.#restarts += 1;
    this.#escalation.reset();
    const process = launch(this.spec, this.#listener());
    this.#process = process;
    if (process) {
      this.context.onEvent({
        type: 'launched',
        name: this.name,
        get identity() {
          return process.identity;
        },
      });
    }
  }

  #take(): void {
    const identity = this.#toAdopt;
    if (!identity) return;
    this.#escalation.reset();
    this.#escalation.beat(); // it has booted long ago
    const process: AdoptedProcess = new AdoptedProcess(identity, (exit) => this.#exited(exit));
    this.#process = process;
    this.context.onEvent({ type: 'adopted', name: this.name, identity });
  }

  #ask(): void {
    this.#escalation.begin();
    if (this.#process) this.#escalate(this.#process);
  }

  #escalate(process: LiveProcess): void {
    const { silentMs } = this.#escalation;
    const { signal, rung, stalled } = this.#escalation.look(this.#escalation.ladderOf(this.spec));
    if (stalled) this.context.onEvent({
      type: 'stalled',
      name: this.name,
      pid: process.pid,
      silentMs,
    });
    if (signal === undefined || rung === undefined) return;
    if (rung === 'graceful' && this.#escalation.askInstead()) return;
    if (!process.signal(signal)) return process.check();
    this.context.onEvent({
      type: 'signalled',
      name: this.name,
      pid: process.pid,
      signal,
      rung,
    });
  }

  #listener(): ProcessListener {
    const onExit = (exit: ProcessExit): void => this.#exited(exit);
    return this.spec.hasHeartbeat
      ? { onExit, onBeat: () => this.beat(), onPulseLost: () => this.#pulseLost() }
      : { onExit, onBeat: ignore, onPulseLost: ignore };
  }

  #pulseLost(): void {
    const process = this.#process;
    if (!process) return;
    this.context.onEvent({ type: 'pulseLost', name: this.name, pid: process.pid });
    this.#escalation.ask('immediate');
    this.#escalate(process);
  }

  #exited(exit: ProcessExit): void {
    const pid = this.#process?.pid;
    const meaning = this.#meaningOf(exit);
    this.#process = undefined;
    this.#escalation.stop();
    const isAgain = lacksRoom(exit) && lacksRoom(this.#lastExit) && (true as const);
    this.#lastExit = exit;
    this.context.onEvent({
      type: 'exited',
      name: this.name,
      pid,
      exit,
      meaning,
      wasAsked: this.#state !== 'running',
      ...(isAgain && { isAgain }),
    });
    const gone = this.#whenGone;
    this.#whenGone = undefined;
    this.#apply(this.#classify(meaning, lacksRoom(exit)));
    gone?.resolve(exit);
  }

  /** An adopted child's exit code is unknown. If it is no longer wanted, count its exit as done. */
  #meaningOf(exit: ProcessExit): ExitMeaning {
    return exit.kind === 'unknown' && this.spec.isWanted?.() === false ? 'done' : meaningOf(exit, this.spec.exitCodes);
  }

  #classify(meaning: ExitMeaning, isForLack: boolean): ChildEvent {
    if (this.spec.isWanted?.() === false) return 'unwanted';
    if (meaning !== 'crashed' || this.#state !== 'running') return meaning;
    this.#pause ??= new RestartPause(this.context.clock, this.context.random);
    if (isForLack) {
      this.#pause.lacked();
      return 'crashed';
    }
    const { pauseMs, isCrashLoop } = this.#pause.crashed(this.spec.restart);
    if (isCrashLoop) this.context.onEvent({ type: 'crashLoop', name: this.name });
    if (pauseMs === undefined) return 'crashLoop';
    if (pauseMs > 0) this.context.onEvent({
      type: 'backingOff',
      name: this.name,
      pauseMs,
      isCrashLoop,
    });
    return 'crashed';
  }

  #pauseOver(): void {
    this.#apply(this.spec.isWanted?.() === false ? 'unwanted' : 'backoffOver');
  }
}
