import type { ChildProcess } from 'node:child_process';
import { processExits } from '@pinky/protocol';

/** How a worker process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A process of the worker program. */
export class RealWorker {
  readonly ended: Promise<Ending>;

  constructor(readonly serverId: string, private readonly child: ChildProcess) {
    this.ended = new Promise((resolve) => { child.once('exit', (code, signal) => resolve({ code, signal })); });
  }

  /** It left because nobody needed it. */
  get isDone(): boolean {
    return this.child.exitCode === processExits.done;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** `kill -9`, and it is gone. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}
