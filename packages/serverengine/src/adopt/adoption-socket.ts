import { once } from 'node:events';
import { renameSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { readStat } from '@pinky/supervisor';
import { fosterPath, readLines, sendLine, type FosterMessage } from './adoption-messages.js';
import type { ToWorker } from '../worker/worker-messages.js';

export interface FosterHomeOptions {
  readonly directory: string;
  /** Whether this process is the worker of that id. */
  readonly isOurs: (workerId: number, pid: number) => boolean;
  readonly onBeat: (workerId: number) => void;
  /** The connection's end tells of the process's. */
  readonly onHeld: (workerId: number, isHeld: boolean) => void;
  /** It asks for the configuration in effect. */
  readonly onReloadMe: (workerId: number) => void;
}

/** The server's end for workers that are not its children: they beat here and hear of reloads. */
export class FosterHome {
  readonly #server = createServer((socket) => this.#receive(socket));
  readonly #sockets = new Map<number, Socket>();
  readonly #open = new Set<Socket>();

  constructor(private readonly options: FosterHomeOptions) {}

  /**
   * Listens at a path of its own, and has the name that workers look for point to it: a server before us, which may be
   * leaving beside us, takes only its own path away.
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
    renameSync(join(directory, `${own}.link`), fosterPath(directory));
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
    readLines(socket, (message) => {
      // The cast holds: of a message that is none of these nothing is believed.
      const told = message as FosterMessage;
      if (told.type === 'worker.hello') workerId = this.#greet(socket, told);
      else if (workerId === undefined) socket.destroy();
      else if (told.type === 'worker.beat') this.options.onBeat(workerId);
      else if (told.type === 'worker.reloadMe') this.options.onReloadMe(workerId);
    });
  }

  /** One that is not ours was never written down, or its place was given to another: it leaves. */
  #greet(
    socket: Socket,
    { workerId, pid, startTime }: Extract<FosterMessage, { type: 'worker.hello' }>,
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
