import { connect, type Socket } from 'node:net';
import { identify } from '@pinky/supervisor/identity';
import { isToWorker, type ToWorker } from '../worker/worker-messages.js';
import { adoptionPath, readLines, sendLine, type AdoptionMessage } from './adoption-messages.js';

export interface AdoptionClientOptions {
  readonly directory: string;
  readonly workerId: number;
  /** Time between two beats. Milliseconds. */
  readonly beatMs: () => number;
  readonly onMessage: (message: ToWorker) => void;
}

/** Time between two attempts to find a server. Milliseconds. */
const searchMs = 250;

/**
 * A worker's line to a server that is not its parent. It looks for one until there is one, and again when that ends.
 */
export class AdoptionClient {
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: AdoptionClientOptions) {
    this.#search();
  }

  /** False while there is no server. */
  send(message: AdoptionMessage): boolean {
    if (!this.#socket?.writable) return false;
    sendLine(this.#socket, message);
    return true;
  }

  #search(): void {
    const socket = connect(adoptionPath(this.options.directory));
    socket.unref(); // a worker without work ends, even if a server is at the other end
    socket.on('error', () => undefined); // its close follows
    socket.on('close', () => this.#later());
    socket.on('connect', () => this.#connected(socket));
    readLines(socket, (message) => {
      if (isToWorker(message)) this.options.onMessage(message);
    });
  }

  #connected(socket: Socket): void {
    this.#socket = socket;
    const startTime = identify(process.pid)?.startTime ?? '';
    this.send({
      type: 'worker.hello',
      workerId: this.options.workerId,
      pid: process.pid,
      startTime,
    });
    this.#beat();
  }

  #beat(): void {
    if (this.#socket?.writableLength === 0) this.send({ type: 'worker.beat' });
    this.#timer = setTimeout(() => this.#beat(), this.options.beatMs());
    this.#timer.unref();
  }

  #later(): void {
    this.#socket = undefined;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#search(), searchMs);
    this.#timer.unref();
  }
}
