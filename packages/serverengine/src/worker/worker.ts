import type { ProcessLogger } from '@pinky/supervisor';
import type { EffectiveConfig } from '../config/server-config.js';
import type { ParentServer } from '../server/parent-server.js';
import type { ProcessManager } from './process-manager.js';

/** Everything at a worker's disposal. A reload changes `config`. */
export interface WorkerContext {
  readonly server: ParentServer;
  readonly config: EffectiveConfig;
  readonly logger: ProcessLogger;
  /** 0, 1, 2 … */
  readonly workerId: number;
  /** Writes the stack of the process that runs the worker. */
  dump(): void;
}

/** The methods that a worker may define. Types embedded, thread and process require `run`, type spawn `spawn`. */
export interface WorkerMethods {
  /**
   * Called once for each object that is made, before any other method. Types thread and process have one in the server,
   * for its hooks, and one where the worker runs.
   */
  initialize?(): void;
  /** The work. Should resolve after `stop` was called. If it ends by itself, the worker is started again. */
  run?(): void | Promise<void>;
  /** Called on TERM, perhaps more than once. Should bring `run` to its end. Not for type spawn. */
  stop?(): void | Promise<void>;
  /** Called on USR2, when `config` is the new one. Not for type spawn. */
  reload?(): void | Promise<void>;
  /** Called in the server before each start. For types thread, process and spawn. */
  beforeFork?(): void | Promise<void>;
  /** Called in the server after each start. For types thread, process and spawn. */
  afterStart?(): void | Promise<void>;
  /** For type spawn: starts the worker's program by `processManager.spawn`. */
  spawn?(processManager: ProcessManager): void | Promise<void>;
  /** Called on CONT. Should call `super.dump()`, which writes the stack, or write something else. */
  dump?(): void;
}

/** An object with these methods, or a class. Each start makes a new object, whose prototype is the given one. */
export type WorkerModule =
  (WorkerMethods & ThisType<Worker & Record<string, unknown>>) | (new (context: WorkerContext) => WorkerMethods);

/**
 * A worker itself, or the path of a module that exports one, as `default` or alone. Types thread and process need a
 * path.
 */
export type WorkerGiven = WorkerModule | string;

const contextKey = Symbol('context');

/** The base of workers: everything at their disposal, and hooks that do nothing. */
export class Worker {
  readonly [contextKey]: WorkerContext;

  constructor(context: WorkerContext) {
    this[contextKey] = context;
  }

  get server(): ParentServer {
    return this[contextKey].server;
  }

  get config(): EffectiveConfig {
    return this[contextKey].config;
  }

  get logger(): ProcessLogger {
    return this[contextKey].logger;
  }

  get workerId(): number {
    return this[contextKey].workerId;
  }

  dump(): void {
    this[contextKey].dump();
  }
}
