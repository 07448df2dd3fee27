import { deferred, type Clock, type Deferred } from '@pinky/protocol/base';
import { AdoptedProcess } from '../adopt/adopted-process.js';
import type { ProcessIdentity } from '../adopt/process-identity.js';
import { meaningOf, type ExitMeaning, type ProcessExit } from '../restart/exit-meaning.js';
import { afterCrash, cleanHistory, type CrashHistory } from '../restart/restart-policy.js';
import {
  askGracefully,
  askImmediately,
  beat,
  isSilent,
  leastLookMs,
  nextLookAt,
  tick,
  watched,
  type Escalation,
} from '../terminate/escalation.js';
import type { LadderOptions } from '../terminate/ladder.js';
import type { ChildSpec } from './child-spec.js';
import { childTransition, hasProcess, type ChildEvent, type ChildState } from './child-states.js';
import { launch } from './launch.js';
import type { LiveProcess, ProcessListener } from './live-process.js';
import type { ChildView, TreeListener } from './tree-events.js';

/** How a child is asked to go. */
export interface LeaveRequest {
  /** The rung to begin at. */
  readonly mode: 'graceful' | 'immediate';
  /** Default: the spec's. */
  readonly ladder?: LadderOptions;
  /** Asks politely in another way than by the graceful signal; false: it could not, so the signal is sent. */
  readonly ask?: () => boolean;
}

export interface ChildContext {
  readonly clock: Clock;
  /** In [0, 1): the jitter of backoffs. */
  readonly random: () => number;
  readonly onEvent: TreeListener;
}

const ignore = (): void => undefined;

/** The parent's view of one child: keeps it in its wanted state, by the table in `child-states.ts`. */
export class ChildHandle {
  #state: ChildState = 'idle';
  #process: LiveProcess | undefined;
  #escalation: Escalation;
  #request: LeaveRequest | undefined;
  #history: CrashHistory = cleanHistory;
  #restarts = 0;
  #lastExit: ProcessExit | undefined;
  #pauseMs = 0;
  #backoff: AbortController | undefined;
  #nextLook: AbortController | undefined;
  #toAdopt: ProcessIdentity | undefined;
  #whenGone: Deferred<ProcessExit> | undefined;
  #isReleased = false;

  #name: string;

  constructor(name: string, private spec: ChildSpec, private readonly context: ChildContext) {
    this.#name = name;
    this.#escalation = watched(context.clock.now());
  }

  get name(): string {
    return this.#name;
  }

  /** Gives it another name from now on, and a new spec with its next launch. */
  rename(name: string, spec: ChildSpec): void {
    this.#name = name;
    this.spec = spec;
  }

  view(): ChildView {
    const isWatched = this.#process !== undefined && this.spec.ladder.heartbeatTimeoutMs !== undefined;
    return {
      name: this.name,
      state: this.#state,
      pid: this.#process?.pid,
      identity: this.#process?.identity,
      isAdopted: this.#process?.isAdopted ?? false,
      restarts: this.#restarts,
      lastExit: this.#lastExit,
      heartbeatAgeMs: isWatched ? this.context.clock.now() - this.#escalation.lastBeatAt : undefined,
    };
  }

  /** Takes effect with the next launch; ladders and restart policy at once. */
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

  /** Resolves with the exit once there is no process; at once (undefined) where there was none. */
  stop(request: LeaveRequest): Promise<ProcessExit | undefined> {
    const gone = this.whenGone(); // first: asking may find it gone already
    this.#asked(request);
    this.#apply('stop');
    return gone;
  }

  /** Ends the process and starts another one in its place. */
  replace(request: LeaveRequest): void {
    this.#asked(request);
    this.#apply('replace');
  }

  /** Resolves with the exit of the process that lives now. */
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
    this.#escalation = beat(this.#escalation, this.context.clock.now());
  }

  /** So much of its silence does not count. */
  excuse(ms: number): void {
    const { lastBeatAt } = this.#escalation;
    this.#escalation = beat(this.#escalation, Math.min(lastBeatAt + ms, this.context.clock.now()));
  }

  /** For adopted processes: whether a connection is held whose end will tell of the exit. */
  connectionHeld(isHeld: boolean): void {
    this.#process?.connectionHeld(isHeld);
  }

  /**
   * Whether time alone can bring something that nobody tells: a silence, or the end of an adopted process. Rungs have
   * timers of their own.
   */
  get needsTicks(): boolean {
    return this.#ladder().heartbeatTimeoutMs !== undefined || this.#process?.isAdopted === true;
  }

  /** Decides what time has brought: a rung of the ladder, a missed heartbeat, the end of an adopted process. */
  tick(): void {
    this.#process?.check();
    if (this.#process) this.#climb(this.#process);
  }

  /** Stops watching; a detached process goes on. */
  release(): void {
    this.#isReleased = true;
    this.#backoff?.abort();
    this.#nextLook?.abort();
    this.#process?.release();
  }

  #apply(event: ChildEvent): boolean {
    const transition = this.#isReleased ? undefined : childTransition(this.#state, event);
    if (!transition) return false;
    const from = this.#state;
    this.#state = transition.to;
    if (from !== transition.to) this.context.onEvent({ type: 'state', name: this.name, from, to: transition.to });
    if (from === 'backingOff') this.#backoff?.abort();
    switch (transition.act) {
      case 'launch': this.#launch(from); break;
      case 'take': this.#take(); break;
      case 'ask': this.#ask(); break;
      case 'wait': void this.#waitBackoff(); break;
      case 'rest': break;
    }
    return true;
  }

  #launch(from: ChildState): void {
    if (from !== 'idle' && from !== 'failed') this.#restarts += 1;
    this.#reset();
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
    this.#reset();
    const process: AdoptedProcess = new AdoptedProcess(identity, (exit) => this.#exited(exit));
    this.#process = process;
    this.context.onEvent({ type: 'adopted', name: this.name, identity });
  }

  #reset(): void {
    this.#escalation = watched(this.context.clock.now());
    this.#request = undefined;
  }

  /** Another ladder is climbed from its foot; the same request again changes nothing. */
  #asked(request: LeaveRequest): void {
    if (this.#request?.ladder !== request.ladder || this.#request === undefined) {
      this.#escalation = beat(watched(this.context.clock.now()), this.#escalation.lastBeatAt);
    }
    this.#request = request;
  }

  #ask(): void {
    const now = this.context.clock.now();
    this.#escalation =
      this.#request?.mode === 'immediate'
        ? askImmediately(this.#escalation, now)
        : askGracefully(this.#escalation, now);
    if (this.#process) this.#climb(this.#process);
  }

  #climb(process: LiveProcess): void {
    const now = this.context.clock.now();
    const ladder = this.#ladder();
    const silentMs = now - this.#escalation.lastBeatAt;
    const { next, signal, rung, stalled } = tick(this.#escalation, now, ladder);
    this.#escalation = next;
    this.#lookAgain(nextLookAt(next, ladder));
    if (stalled) this.context.onEvent({ type: 'stalled', name: this.name, pid: process.pid, silentMs });
    if (signal === undefined || rung === undefined) return;
    if (rung === 'graceful' && this.#request?.ask?.()) return;
    if (!process.signal(signal)) return process.check();
    this.context.onEvent({ type: 'signalled', name: this.name, pid: process.pid, signal, rung });
  }

  /** The tree's tick looks too, but a rung is not to wait for it. */
  #lookAgain(at: number | undefined): void {
    this.#nextLook?.abort();
    if (at === undefined) return;
    const look = new AbortController();
    this.#nextLook = look;
    // it is gone, or was asked anew
    const pauseMs = Math.max(leastLookMs, at - this.context.clock.now());
    void this.context.clock.rest(pauseMs, look.signal).then((isOver) => isOver && this.tick());
  }

  /** Who hangs is ended as one that hangs, whatever it was asked before: it hears nothing. */
  #ladder(): LadderOptions {
    const { ladder, stalledLadder } = this.spec;
    const hangs = stalledLadder !== undefined && isSilent(this.#escalation, this.context.clock.now(), stalledLadder);
    return this.#request === undefined || hangs ? (stalledLadder ?? ladder) : (this.#request.ladder ?? ladder);
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
    this.#escalation = askImmediately(this.#escalation, this.context.clock.now());
    this.#climb(process);
  }

  #exited(exit: ProcessExit): void {
    const pid = this.#process?.pid;
    const meaning = this.#meaningOf(exit);
    this.#process = undefined;
    this.#nextLook?.abort();
    this.#lastExit = exit;
    this.context.onEvent({
      type: 'exited',
      name: this.name,
      pid,
      exit,
      meaning,
      wasAsked: this.#state !== 'running',
    });
    const gone = this.#whenGone;
    this.#whenGone = undefined;
    this.#apply(this.#classify(meaning));
    gone?.resolve(exit);
  }

  /** Of an adopted child no exit code is known: the end of one that is not wanted any more is what was wanted. */
  #meaningOf(exit: ProcessExit): ExitMeaning {
    return exit.kind === 'unknown' && this.spec.isWanted?.() === false ? 'done' : meaningOf(exit, this.spec.exitCodes);
  }

  #classify(meaning: ExitMeaning): ChildEvent {
    if (this.spec.isWanted?.() === false) return 'unwanted';
    if (meaning !== 'crashed' || this.#state !== 'running') return meaning;
    const decision = afterCrash(this.#history, this.context.clock.now(), this.spec.restart, this.context.random());
    this.#history = decision.history;
    if (decision.isCrashLoop) this.context.onEvent({ type: 'crashLoop', name: this.name });
    this.#pauseMs = decision.pauseMs ?? 0;
    if (decision.pauseMs === undefined) return 'crashLoop';
    if (decision.pauseMs > 0) {
      this.context.onEvent({
        type: 'backingOff',
        name: this.name,
        pauseMs: decision.pauseMs,
        isCrashLoop: decision.isCrashLoop,
      });
    }
    return 'crashed';
  }

  async #waitBackoff(): Promise<void> {
    if (this.#pauseMs <= 0) return this.#backoffOver();
    const backoff = new AbortController();
    this.#backoff = backoff;
    const isOver = await this.context.clock.rest(this.#pauseMs, backoff.signal);
    if (isOver) this.#backoffOver(); // else it was started, stopped or released meanwhile
  }

  #backoffOver(): void {
    this.#apply(this.spec.isWanted?.() === false ? 'unwanted' : 'backoffOver');
  }
}
