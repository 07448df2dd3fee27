import type { ProcessLogger } from '@pinky/supervisor';
import type { EffectiveConfig } from '../config/server-config.js';
import type { ParentServer, Sockets } from './parent-server.js';

/** The library's part of each hook point. A module's own hook calls it by `super`. */
export interface ServerContext {
  readonly config: EffectiveConfig;
  readonly logger: ProcessLogger;
  readonly sockets: Sockets;
  stop(isGraceful: boolean): void | Promise<void>;
  restart(isGraceful: boolean): void | Promise<void>;
  reload(): void | Promise<void>;
  reloadConfig(): void | Promise<void>;
  dump(): void;
}

/** The methods that a server may define. */
export interface ServerMethods {
  /**
   * Called once for each object that is made, before any other method. With a supervisor an object is made in its
   * process too.
   */
  initialize?(): void;
  /** Called before the workers are started. */
  beforeRun?(): void | Promise<void>;
  /** Called when the last worker is gone. */
  afterRun?(): void | Promise<void>;
  /** With a supervisor: called in the supervisor's process after each start of a server. */
  afterStart?(): void | Promise<void>;
  /** Hook points. Each is called at its request, and `super.…` does what was asked for. */
  stop?(isGraceful: boolean): void | Promise<void>;
  restart?(isGraceful: boolean): void | Promise<void>;
  reload?(): void | Promise<void>;
  reloadConfig?(): void | Promise<void>;
  dump?(): void;
}

/** An object with hooks, or a class, which should extend `Server`. */
export type ServerModule =
  (ServerMethods & ThisType<Server & Record<string, unknown>>) | (new (context: ServerContext) => ServerMethods);

const contextKey = Symbol('context');

/** The base of servers: everything at their disposal, and the hook points. */
export class Server implements ParentServer {
  readonly [contextKey]: ServerContext;
  /** Handed to each new worker as `server.shared`. */
  readonly shared: Record<string, unknown>;

  constructor(context: ServerContext) {
    this[contextKey] = context;
    this.shared = {};
  }

  get pid(): number {
    return process.pid;
  }

  get config(): EffectiveConfig {
    return this[contextKey].config;
  }

  get logger(): ProcessLogger {
    return this[contextKey].logger;
  }

  get sockets(): Sockets {
    return this[contextKey].sockets;
  }

  stop(isGraceful: boolean): void | Promise<void> {
    return this[contextKey].stop(isGraceful);
  }

  restart(isGraceful: boolean): void | Promise<void> {
    return this[contextKey].restart(isGraceful);
  }

  reload(): void | Promise<void> {
    return this[contextKey].reload();
  }

  /** Reads the configuration again. If that fails, or the new one is bad, the old one stays and the log says so. */
  reloadConfig(): void | Promise<void> {
    return this[contextKey].reloadConfig();
  }

  dump(): void {
    this[contextKey].dump();
  }
}
