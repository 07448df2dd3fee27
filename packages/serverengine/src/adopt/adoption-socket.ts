import { once } from 'node:events';
import { renameSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { readStat } from '@pinky/supervisor';
import type { ToWorker } from '../worker/worker-messages.js';
import { adoptionPath, readLines, sendLine, type AdoptionMessage } from './adoption-messages.js';

export interface AdoptionSocketOptions {
  readonly directory: string;
  /** Whether this process is the worker of that id. */
  readonly isOurs: (workerId: number, pid: number) => boolean;
  readonly onBeat: (workerId: number) => void;
  /** Whether a connection is open. Its end tells of the process's exit. */
  readonly onHeld: (workerId: number, isHeld: boolean) => void;
  /** The worker asks for the configuration in effect. */
  readonly onReloadMe: (workerId: number) => void;
}

/** The server's end for workers that are not its children. They send heartbeats here, and are told of reloads. */
export class AdoptionSocket {
  readonly #server = createServer((socket) => this.#receive(socket));
  readonly #sockets = new Map<number, Socket>();
  readonly #open = new Set<Socket>();

  constructor(private readonly options: AdoptionSocketOptions) {}

  /**
   * Listens at a path of its own, and makes the name that workers look for point to that path. A server before us may
   * be leaving beside us. It removes only its own path.
   */
  async start(): Promise<void> {
    const { directory } = this.options;
    const own = `${process.pid}.sock`;
    rmSync(join(directory, own), { force: true });
    this.#server.listen(join(directory, own));
    await once(this.#server, 'listening');
    this.#server.unref();
    rmSync(join(directory, `${own}.link`), { force: true });
    symlinkSync(own, join(directory, `${own}.link`));
    renameSync(join(directory, `${own}.link`), adoptionPath(directory));
  }

  isHeld(workerId: number): boolean {
    return this.#sockets.has(workerId);
  }

  send(workerId: number, message: ToWorker): void {
    const socket = this.#sockets.get(workerId);
    if (socket) sendLine(socket, message);
  }

  stop(): void {
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
  }

  #receive(socket: Socket): void {
    let workerId: number | undefined;
    this.#open.add(socket);
    socket.on('error', () => undefined); // its close follows
    socket.on('close', () => {
      this.#open.delete(socket);
      if (workerId === undefined || this.#sockets.get(workerId) !== socket) return;
      this.#sockets.delete(workerId);
      this.options.onHeld(workerId, false);
    });
    readLines(socket, (received) => {
      // The cast holds: a message of another type is ignored.
      const message = received as AdoptionMessage;
      if (message.type === 'worker.hello') workerId = this.#greet(socket, message);
      else if (workerId === undefined) socket.destroy();
      else if (message.type === 'worker.beat') this.options.onBeat(workerId);
      else if (message.type === 'worker.reloadMe') this.options.onReloadMe(workerId);
    });
  }

  /** A worker that is not ours was never written down, or lost its place to another one. It must leave. */
  #greet(
    socket: Socket,
    { workerId, pid, startTime }: Extract<AdoptionMessage, { type: 'worker.hello' }>,
  ): number | undefined {
    const isTrue = readStat(pid)?.startTime === startTime;
    if (!isTrue || !this.options.isOurs(workerId, pid)) {
      sendLine(socket, { type: 'worker.stop' } satisfies ToWorker);
      return undefined;
    }
    this.#sockets.set(workerId, socket);
    this.options.onHeld(workerId, true);
    return workerId;
  }
}
