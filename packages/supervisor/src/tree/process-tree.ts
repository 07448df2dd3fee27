import type { Clock } from '@pinky/protocol/base';
import type { ProcessIdentity } from '../adopt/process-identity.js';
import { ChildHandle, type ChildContext } from './child-handle.js';
import type { ChildSpec } from './child-spec.js';
import { hasProcess } from './child-states.js';
import type { LeaveRequest } from './leave-request.js';
import type { TreeChild, TreeListener } from './tree-events.js';
import type { ProcessExit } from '../restart/exit-meaning.js';

export interface ProcessTreeOptions {
  readonly clock: Clock;
  readonly onEvent: TreeListener;
  /**
   * Time between two looks at what time has brought. Milliseconds. Default 500, as in ServerEngine. Requests act at
   * once.
   */
  readonly tickMs?: number;
  /**
   * The longest time between two looks, milliseconds, while no child needs them more often. A silence is found late by
   * a twentieth of its limit at most. Default `tickMs`.
   */
  readonly longestTickMs?: number;
  /** The jitter, in [0, 1). Default `Math.random`. */
  readonly random?: () => number;
}

/** A look that comes later than this shows that the process itself stood still. Milliseconds. */
const lateMs = 250;

/** A set of named children, each kept in its wanted state. Children may come and go at any time. */
export class ProcessTree {
  readonly #children = new Map<string, ChildHandle>();
  readonly #context: ChildContext;
  readonly #tickMs: number;
  readonly #longestTickMs: number;
  /** Ends the wait for the next look. */
  #cancelTick: (() => void) | undefined;
  /** When the next look is due. */
  #lookAt = 0;

  constructor(options: ProcessTreeOptions) {
    this.#context = { clock: options.clock, onEvent: options.onEvent, random: options.random ?? Math.random };
    this.#tickMs = options.tickMs ?? 500;
    this.#longestTickMs = Math.max(this.#tickMs, options.longestTickMs ?? 0);
  }

  get names(): readonly string[] {
    return [...this.#children.keys()];
  }

  view(name: string): TreeChild | undefined {
    return this.#children.get(name)?.view();
  }

  views(): readonly TreeChild[] {
    return [...this.#children.values()].map((child) => child.view());
  }

  /** Adds a child and starts it. A resting child of that name is started with the new spec. */
  start(name: string, spec: ChildSpec): void {
    const child = this.#child(name, spec);
    child.start();
    this.#keepTicking(child);
  }

  /** Takes over a process that already runs. False if the name has a live process. */
  adopt(name: string, spec: ChildSpec, identity: ProcessIdentity): boolean {
    const child = this.#child(name, spec);
    const isTaken = child.adopt(identity);
    this.#keepTicking(child);
    return isTaken;
  }

  /** Gives a child a new spec for its next launch. New ladders count at once. */
  update(name: string, spec: ChildSpec): void {
    const child = this.#children.get(name);
    child?.update(spec);
    if (child) this.#keepTicking(child);
  }

  /** Ends a child and starts it again with its spec. A child in a restart pause is started at once. */
  replace(name: string, request: LeaveRequest): void {
    this.#children.get(name)?.replace(request);
  }

  /** Ends a child for good. Resolves with its exit, or with undefined if it had no process. */
  async stop(name: string, request: LeaveRequest): Promise<ProcessExit | undefined> {
    return this.#children.get(name)?.stop(request);
  }

  /** Ends all children at the same time. Resolves when the last one is gone. */
  async stopAll(request: LeaveRequest): Promise<void> {
    await Promise.all(this.names.map((name) => this.stop(name, request)));
  }

  /** Resolves once the child's present process is gone. */
  async whenGone(name: string): Promise<ProcessExit | undefined> {
    return this.#children.get(name)?.whenGone();
  }

  /** Forgets a child that has no process. False if it has one. */
  remove(name: string): boolean {
    const child = this.#children.get(name);
    if (!child || hasProcess[child.view().state]) return false;
    child.release();
    this.#children.delete(name);
    return true;
  }

  /**
   * Gives a child the name and place of another one, which is forgotten. In this way a successor that was started
   * beside its predecessor takes over. False if there is no such child, or the other one still has a process.
   */
  rename(from: string, to: string, spec: ChildSpec): boolean {
    const child = this.#children.get(from);
    if (!child || (this.#children.has(to) && !this.remove(to))) return false;
    this.#children.delete(from);
    child.rename(to, spec);
    this.#children.set(to, child);
    this.#keepTicking(child);
    return true;
  }

  /** Sends a signal. False if the child has no live process. */
  signal(name: string, signal: NodeJS.Signals): boolean {
    return this.#children.get(name)?.signal(signal) ?? false;
  }

  /** A sign of life that came by another way than the heartbeat pipe. */
  beat(name: string): void {
    this.#children.get(name)?.beat();
  }

  /** For adopted processes: whether a connection is open whose end will tell of the exit. */
  connectionHeld(name: string, isHeld: boolean): void {
    const child = this.#children.get(name);
    child?.connectionHeld(isHeld);
    if (child) this.#keepTicking(child);
  }

  /** Stops watching and tells the children nothing. Detached ones go on. */
  release(): void {
    for (const child of this.#children.values()) child.release();
    this.#children.clear();
    this.#stopTicking();
  }

  #child(name: string, spec: ChildSpec): ChildHandle {
    const known = this.#children.get(name);
    if (known) {
      known.update(spec);
      return known;
    }
    const child = new ChildHandle(name, spec, this.#context);
    this.#children.set(name, child);
    return child;
  }

  /** The tree looks by itself, as often as the child needs it. */
  #keepTicking({ tickWithinMs }: ChildHandle): void {
    if (tickWithinMs !== undefined) this.#lookWithin(tickWithinMs);
  }

  #lookWithin(ms: number): void {
    const pauseMs = Math.min(this.#longestTickMs, Math.max(this.#tickMs, ms));
    const at = this.#context.clock.now() + pauseMs;
    if (this.#cancelTick && this.#lookAt <= at) return;
    this.#stopTicking();
    this.#lookAt = at;
    this.#cancelTick = this.#context.clock.after(pauseMs, () => this.#look());
  }

  /**
   * While this process stood still (SIGSTOP, a paused machine) it read no heartbeats. That time is not counted as a
   * child's silence.
   */
  #look(): void {
    const stoodStillMs = this.#context.clock.now() - this.#lookAt;
    this.#stopTicking();
    for (const child of this.#children.values()) {
      if (stoodStillMs > lateMs) child.excuse(stoodStillMs);
      child.tick();
      this.#keepTicking(child);
    }
  }

  #stopTicking(): void {
    this.#cancelTick?.();
    this.#cancelTick = undefined;
  }
}
