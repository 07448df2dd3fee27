import { systemClock, type Clock } from '@pinky/protocol';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { trySignal } from '../../src/adopt/process-identity';
import { ProcessTree } from '../../src/tree/process-tree';
import type { TreeEvent } from '../../src/tree/tree-events';

type EventOf<T extends TreeEvent['type']> = Extract<TreeEvent, { type: T }>;

/** The system's clock, which can be put forward: as if this process had stood still meanwhile. */
export class JumpingClock implements Clock {
  #aheadMs = 0;

  now(): number {
    return systemClock.now() + this.#aheadMs;
  }

  wallNow(): number {
    return systemClock.wallNow();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms, signal);
  }

  rest(ms: number, signal?: AbortSignal): Promise<boolean> {
    return systemClock.rest(ms, signal);
  }

  after(ms: number, action: () => void): () => void {
    return systemClock.after(ms, action);
  }

  jump(ms: number): void {
    this.#aheadMs += ms;
  }
}

/** A tree whose events can be awaited. `end` leaves no process behind. */
export class TreeRecorder {
  readonly events: TreeEvent[] = [];
  readonly clock = new JumpingClock();
  readonly tree = new ProcessTree({
    clock: this.clock,
    onEvent: (event) => this.#on(event),
    tickMs: 10,
    random: () => 0,
  });
  #waiting: { matches: (event: TreeEvent) => boolean; resolve: (event: TreeEvent) => void }[] = [];

  /** The next event of this type from now on. */
  next<T extends TreeEvent['type']>(
    type: T,
    matches: (event: EventOf<T>) => boolean = () => true,
  ): Promise<EventOf<T>> {
    return new Promise((resolve) => {
      this.#waiting.push({
        matches: (e) => e.type === type && matches(e as EventOf<T>),
        resolve: (e) => resolve(e as EventOf<T>),
      });
    });
  }

  end(): void {
    const pids = this.events.flatMap((e) => (e.type === 'launched' ? [e.identity.pid] : []));
    const gone = new Set(this.events.flatMap((e) => (e.type === 'exited' ? [e.pid] : [])));
    this.tree.release();
    for (const pid of pids.filter((p) => !gone.has(p))) trySignal(pid, 'SIGKILL');
  }

  #on(event: TreeEvent): void {
    this.events.push(event);
    const met = this.#waiting.filter((w) => w.matches(event));
    this.#waiting = this.#waiting.filter((w) => !met.includes(w));
    for (const { resolve } of met) resolve(event);
  }
}

export const program = (name: string): string => join(__dirname, 'programs', name);

/** The child's end, compiled, because real programs cannot load TypeScript. */
export function compiledChild(): string {
  execFileSync('npx', ['tsc', '-b', join(__dirname, '../../../..', 'packages/supervisor')], { stdio: 'pipe' });
  return join(__dirname, '../../dist/child.js');
}
