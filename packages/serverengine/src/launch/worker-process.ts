import type { ChildSpec, ProcessTree } from '@pinky/supervisor';
import type { EffectiveConfig } from '../config/server-config.js';
import type { RunningWorker } from './running-worker.js';

/** The name of a worker's process in the tree. */
export const treeName = (workerId: number): string => `worker${workerId}`;

/** The id of the worker of that name. Undefined for any other name. */
export const idOf = (name: string): number | undefined =>
  /^worker\d{1,9}$/.test(name) ? Number(name.slice(6)) : undefined;

/** A worker that is a process of the tree. There may be thousands, so each keeps only what differs from the others. */
export class WorkerProcess implements RunningWorker {
  readonly isProcess = true;

  /** @param tell Tells the process of a reload, after the tree has its new spec. */
  constructor(
    private readonly tree: ProcessTree,
    private readonly name: string,
    private readonly spec: (config: EffectiveConfig) => ChildSpec,
    private readonly tell: (config: EffectiveConfig) => void,
  ) {}

  stop(isGraceful: boolean): void {
    void this.tree.stop(this.name, { mode: isGraceful ? 'graceful' : 'immediate' });
  }

  reload(next: EffectiveConfig): void {
    this.tree.update(this.name, this.spec(next));
    this.tell(next);
  }
}
