import type { Effective } from '../config/server-config.js';
import type { ProcessLogger } from '@pinky/supervisor';
import type { ServerView, Sockets } from './parent-server.js';

/** What the library does behind the hook points; a module's own hooks call it by `super`. */
export interface ServerContext {
  readonly config: Effective;
  readonly logger: ProcessLogger;
  readonly sockets: Sockets;
  stop(isGraceful: boolean): void | Promise<void>;
  restart(isGraceful: boolean): void | Promise<void>;
  reload(): void | Promise<void>;
  reloadConfig(): void | Promise<void>;
  dump(): void;
}

/** What a server may define. */
export interface ServerHooks {
  /** Called before the workers are started. */
  beforeRun?(): void | Promise<void>;
  /** Called when the last worker is gone. */
  afterRun?(): void | Promise<void>;
  /** With a supervisor: called in the supervisor's process after each start of a server. */
  afterStart?(): void | Promise<void>;
  /** Hook points: called at each request; `super.…` does what was asked for. */
  stop?(isGraceful: boolean): void | Promise<void>;
  restart?(isGraceful: boolean): void | Promise<void>;
  reload?(): void | Promise<void>;
  reloadConfig?(): void | Promise<void>;
  dump?(): void;
}

/** An object with hooks, or a class: best one that extends `Server`. */
export type ServerModule =
  (ServerHooks & ThisType<Server & Record<string, unknown>>) | (new (context: ServerContext) => ServerHooks);

const contextKey = Symbol('context');

/** Base of servers: what they have at hand, and the hook points. */
export class Server implements ServerView {
  readonly [contextKey]: ServerContext;
  readonly shared: Record<string, unknown>;

  constructor(context: ServerContext) {
    this[contextKey] = context;
    this.shared = {};
  }

  get pid(): number {
    return process.pid;
  }

  get config(): Effective {
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

  /**
   * Reads the configuration again. A function that fails, or a bad configuration, leaves the old one in effect and is
   * logged.
   */
  reloadConfig(): void | Promise<void> {
    return this[contextKey].reloadConfig();
  }

  dump(): void {
    this[contextKey].dump();
  }
}
