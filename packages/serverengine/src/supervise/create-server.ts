import { ConfigSource, type ConfigGiven } from '../config/config-source.js';
import type { ServerModule } from '../server/server.js';
import type { WorkerGiven } from '../worker/worker.js';
import { ServerProgram } from './server-program.js';

/** A server that does not run yet. */
export interface CreatedServer {
  /** Runs it, and ends the process with its exit code. With `daemonize` this process ends when the daemon is ready. */
  run(): Promise<never>;
  /** Like `run`, but resolves with the exit code and leaves the process to its caller. */
  serve(): Promise<number>;
}

/**
 * Makes a server with its workers, like ServerEngine's `create`. Takes the server's module or null, the worker's
 * module, and the configuration, or a function that reads it. With `daemonize` and `supervisor` the program is started
 * again in its other roles, so it must come to this same `run` whenever it has these arguments.
 */
export function createServer(server: ServerModule | null, worker: WorkerGiven, config: ConfigGiven): CreatedServer {
  const program = (): ServerProgram => new ServerProgram(server, worker, new ConfigSource(config));
  return {
    serve: async () => {
      const served = program();
      return served.run().finally(() => served.release());
    },
    // Signals stay caught to the very end: one that comes too late must not kill a server that has stopped.
    run: async () => process.exit(await program().run()),
  };
}

/** `ServerEngine.create(…)`, for programs that know it by that name. */
export const ServerEngine = { create: createServer } as const;
