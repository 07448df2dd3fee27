import type { Clock } from '@pinky/protocol/base';
import type { ProcessIdentity } from '../adopt/process-identity.js';
import { ChildHandle, type ChildContext, type LeaveRequest } from './child-handle.js';
import type { ChildSpec } from './child-spec.js';
import { hasProcess } from './child-states.js';
import type { ChildView, TreeListener } from './tree-events.js';
import type { ProcessExit } from '../restart/exit-meaning.js';

export interface ProcessTreeOptions {
  readonly clock: Clock;
  readonly onEvent: TreeListener;
  /** Between two looks at what time has brought, milliseconds. Default 500, as ServerEngine. Requests act at once. */
  readonly tickMs?: number;
  /** Jitter; in [0, 1). Default `Math.random`. */
  readonly random?: () => number;
}

/** A look that is later than this says that the process could not look, milliseconds. */
const lateMs = 250;

/** A set of named children, each kept in its wanted state. Children may come and go at any time. */
export class ProcessTree {
  readonly #children = new Map<string, ChildHandle>();
  readonly #context: ChildContext;
  readonly #tickMs: number;
  #ticking: NodeJS.Timeout | undefined;
  #lookedAt = 0;

  constructor(options: ProcessTreeOptions) {
    this.#context = { clock: options.clock, onEvent: options.onEvent, random: options.random ?? Math.random };
    this.#tickMs = options.tickMs ?? 500;
  }

  get names(): readonly string[] {
    return [...this.#children.keys()];
  }

  view(name: string): ChildView | undefined {
    return this.#children.get(name)?.view();
  }

  views(): readonly ChildView[] {
    return [...this.#children.values()].map((child) => child.view());
  }

  /** The child that is this process, or undefined. */
  findByPid(pid: number): ChildView | undefined {
    return this.views().find((view) => view.pid === pid);
  }

  /** Adds a child and starts it; one of that name that rests is started with the new spec. */
  start(name: string, spec: ChildSpec): void {
    const child = this.#child(name, spec);
    child.start();
    this.#keepTicking(child);
  }

  /** Takes over a process that runs already; false where this name has a live process. */
  adopt(name: string, spec: ChildSpec, identity: ProcessIdentity): boolean {
    const child = this.#child(name, spec);
    const isTaken = child.adopt(identity);
    this.#keepTicking(child);
    return isTaken;
  }

  /** A new spec for its next launch, and new ladders at once. */
  update(name: string, spec: ChildSpec): void {
    const child = this.#children.get(name);
    child?.update(spec);
    if (child) this.#keepTicking(child);
  }

  /** Ends a child and starts it anew with its spec; a child that rests for a backoff is started at once. */
  replace(name: string, request: LeaveRequest): void {
    this.#children.get(name)?.replace(request);
  }

  /** Ends a child for good; resolves with its exit, or undefined where it had no process. */
  async stop(name: string, request: LeaveRequest): Promise<ProcessExit | undefined> {
    return this.#children.get(name)?.stop(request);
  }

  /** Ends all children at the same time; resolves when the last is gone. */
  async stopAll(request: LeaveRequest): Promise<void> {
    await Promise.all(this.names.map((name) => this.stop(name, request)));
  }

  /** Resolves once the process that this child has now is gone. */
  async whenGone(name: string): Promise<ProcessExit | undefined> {
    return this.#children.get(name)?.whenGone();
  }

  /** Forgets a child that has no process; false where it has one. */
  remove(name: string): boolean {
    const child = this.#children.get(name);
    if (!child || hasProcess[child.view().state]) return false;
    child.release();
    this.#children.delete(name);
    return true;
  }

  /**
   * Gives a child another child's place: its name and spec. The other must have no process any more, and is forgotten.
   * False where it has one, or there is no such child. So a successor that was started beside its predecessor takes
   * over.
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

  /** False where the child has no live process. */
  signal(name: string, signal: NodeJS.Signals): boolean {
    return this.#children.get(name)?.signal(signal) ?? false;
  }

  beat(name: string): void {
    this.#children.get(name)?.beat();
  }

  connectionHeld(name: string, isHeld: boolean): void {
    this.#children.get(name)?.connectionHeld(isHeld);
  }

  /**
   * One look at what time has brought. The tree does it by itself every `tickMs`, while there is a child that needs it.
   */
  tick(): void {
    let isNeeded = false;
    for (const child of this.#children.values()) {
      child.tick();
      isNeeded ||= child.needsTicks;
    }
    if (!isNeeded) this.#stopTicking();
  }

  /** Stops watching, without a word to the children: detached ones go on. */
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

  #keepTicking({ needsTicks }: ChildHandle): void {
    if (!needsTicks || this.#ticking) return;
    this.#lookedAt = this.#context.clock.now();
    this.#ticking = setInterval(() => this.#look(), this.#tickMs);
  }

  /**
   * Time in which this process stood still (SIGSTOP, a machine that was paused) is nobody's silence: what came
   * meanwhile is not read yet.
   */
  #look(): void {
    const now = this.#context.clock.now();
    const stoodStillMs = now - this.#lookedAt - this.#tickMs;
    this.#lookedAt = now;
    if (stoodStillMs > lateMs) for (const child of this.#children.values()) child.excuse(stoodStillMs);
    this.tick();
  }

  #stopTicking(): void {
    clearInterval(this.#ticking);
    this.#ticking = undefined;
  }
}
