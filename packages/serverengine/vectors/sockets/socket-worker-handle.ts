import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { deferred } from '@pinky/protocol/base';
import type { SocketManager } from '@pinky/serverengine';
import type { WorkerOrder, WorkerReply } from './worker-orders.js';

/** The parent's view of one `socket-worker` process. Orders go down, and replies come up. */
export class SocketWorkerHandle {
  private readonly exited: Promise<unknown>;

  private constructor(private readonly child: ChildProcess) {
    this.exited = once(child, 'exit');
  }

  static start(program: string, manager: SocketManager): SocketWorkerHandle {
    const child = fork(program, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    manager.serve(child);
    return new SocketWorkerHandle(child);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Gives an order and waits for the reply. An error of the worker is part of the reply. */
  async order(order: WorkerOrder): Promise<WorkerReply> {
    const answer = deferred<WorkerReply>();
    const onMessage = (message: unknown): void => {
      // The cast holds for the worker's own replies. No other message has `done`.
      const reply = message as WorkerReply;
      if (reply.done === order.do) answer.resolve(reply);
    };
    this.child.on('message', onMessage);
    this.child.send(order);
    const reply = await answer.promise;
    this.child.off('message', onMessage);
    return reply;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }
}
