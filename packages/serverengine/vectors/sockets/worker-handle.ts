import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { deferred } from '@pinky/protocol/base';
import type { SocketManager } from '@pinky/serverengine';
import type { WorkerOrder, WorkerReply } from '../programs/socket-worker.js';

/** The parent's view of one `socket-worker` process: orders go down, answers come up. */
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

  /** Has the worker do something; an error it met is part of the answer. */
  async order(order: WorkerOrder): Promise<WorkerReply> {
    const answer = deferred<WorkerReply>();
    const onMessage = (message: unknown): void => {
      // The cast holds for the worker's own replies, which alone have `done`.
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
