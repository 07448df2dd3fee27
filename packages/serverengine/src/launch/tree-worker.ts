import type { Effective } from '../config/server-config.js';
import type { ChildSpec } from '@pinky/supervisor';
import type { BodyContext } from './process-worker.js';
import type { WorkerBody } from './running-worker.js';

/** What a worker's process is called in the tree. */
export const treeName = (workerId: number): string => `worker${workerId}`;

/** The id of a worker by that name; undefined for any other name. */
export const idOf = (name: string): number | undefined =>
  /^worker\d{1,9}$/.test(name) ? Number(name.slice(6)) : undefined;

/** A worker that is a process of the tree. There may be thousands: what each keeps is what tells it from the others. */
export class TreeBody implements WorkerBody {
  readonly isProcess = true;

  /** @param tell what a reload says to the process, beside the new spec. */
  constructor(
    private readonly context: BodyContext,
    private readonly name: string,
    private readonly spec: (config: Effective) => ChildSpec,
    private readonly tell: (config: Effective) => void,
  ) {}

  stop(isGraceful: boolean): void {
    void this.context.tree.stop(this.name, { mode: isGraceful ? 'graceful' : 'immediate' });
  }

  reload(next: Effective): void {
    this.context.tree.update(this.name, this.spec(next));
    this.tell(next);
  }
}
