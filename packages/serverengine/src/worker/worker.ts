import type { Effective } from '../config/server-config.js';
import type { ProcessLogger } from '@pinky/supervisor';
import type { ProcessManager } from './process-manager.js';
import type { ServerView } from '../server/parent-server.js';

/** What a worker has at hand. `config` changes with a reload. */
export interface WorkerContext {
  readonly server: ServerView;
  readonly config: Effective;
  readonly logger: ProcessLogger;
  /** 0, 1, 2 … */
  readonly workerId: number;
  /** Writes the stack of this process (of the worker's, where that is another one). */
  dump(): void;
}

/** What a worker may define; `run` is required of types embedded, thread and process, `spawn` of type spawn. */
export interface WorkerHooks {
  /** The work. Resolves when `stop` was called; the worker is started again when it ends by itself. */
  run?(): void | Promise<void>;
  /** Called on TERM, perhaps more than once: has `run` come to its end. Not for type spawn. */
  stop?(): void | Promise<void>;
  /** Called on USR2, when `config` is the new one. Not for type spawn. */
  reload?(): void | Promise<void>;
  /** Called in the server before each start. Types thread, process and spawn. */
  beforeFork?(): void | Promise<void>;
  /** Called in the server after each start. Types thread, process and spawn. */
  afterStart?(): void | Promise<void>;
  /** Type spawn: starts the worker's program by `processManager.spawn`. */
  spawn?(processManager: ProcessManager): void | Promise<void>;
  /** Called on CONT: calls `super.dump()`, which writes the stack, or something else. */
  dump?(): void;
}

/**
 * What a worker may be made from: an object with hooks (a new one with it as prototype is made for each start), or a
 * class.
 */
export type WorkerModule =
  (WorkerHooks & ThisType<Worker & Record<string, unknown>>) | (new (context: WorkerContext) => WorkerHooks);

/** Where an instance keeps its context. */
export const contextOf = Symbol('context');

/** Base of workers: what they have at hand, and hooks that do nothing. */
export class Worker {
  readonly [contextOf]: WorkerContext;

  constructor(context: WorkerContext) {
    this[contextOf] = context;
  }

  get server(): ServerView {
    return this[contextOf].server;
  }

  get config(): Effective {
    return this[contextOf].config;
  }

  get logger(): ProcessLogger {
    return this[contextOf].logger;
  }

  get workerId(): number {
    return this[contextOf].workerId;
  }

  dump(): void {
    this[contextOf].dump();
  }
}
