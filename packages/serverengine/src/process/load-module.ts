import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PinkyError } from '@pinky/protocol/base';
import { Server, type ServerContext, type ServerHooks, type ServerModule } from '../server/server.js';
import { Worker, type WorkerContext, type WorkerHooks, type WorkerModule } from '../worker/worker.js';

/**
 * A worker as it is given: itself, or the path of a module that exports it (as `default`, or alone). Types thread and
 * process need a path.
 */
export type WorkerGiven = WorkerModule | string;

/** An instance for one start. An object's optional `initialize` is called, as ServerEngine calls its modules'. */
export const makeWorker = (module: WorkerModule, context: WorkerContext): WorkerHooks & Pick<Worker, 'dump'> =>
  withDump(make(module, Worker, context), context);
export const makeServer = (module: ServerModule | null, context: ServerContext): Server & ServerHooks =>
  make(module ?? Server, Server, context);

/** A class that does not extend `Worker` has no `dump` of its own. */
function withDump(worker: WorkerHooks, context: WorkerContext): WorkerHooks & Pick<Worker, 'dump'> {
  if (!worker.dump) worker.dump = () => context.dump();
  // The cast holds: it has one now.
  return worker as WorkerHooks & Pick<Worker, 'dump'>;
}

function make<T extends object, C>(module: object, Base: new (context: C) => T, context: C): T {
  // The casts hold: a function here is a class that takes the context; an object gets the base's parts as its
  // prototype's.
  if (typeof module === 'function') return new (module as new (context: C) => T)(context);
  if (Object.getPrototypeOf(module) === Object.prototype) Object.setPrototypeOf(module, Base.prototype as object);
  const instance = Object.create(module) as T & { initialize?: () => void };
  Object.defineProperties(instance, Object.getOwnPropertyDescriptors(new Base(context)));
  instance.initialize?.();
  return instance;
}

/** Loads a worker's module, CommonJS or ES module. No file, or nothing of that form in it: `bad_option`. */
export async function loadWorker(given: WorkerGiven): Promise<WorkerModule> {
  if (typeof given !== 'string') return given;
  const found = await importModule(given, 'worker module');
  const candidate = pick(found, ['default', 'worker', 'Worker']);
  if (!candidate) {
    throw new PinkyError(
      'bad_option',
      `${given} exports no worker: export an object or a class with run() or spawn() as default`,
    );
  }
  // The cast holds as far as it can be seen from outside: an object or a class.
  return candidate as WorkerModule;
}

/** An export of a module by path, whichever way it was compiled. */
export async function importModule(path: string, what: string): Promise<Record<string, unknown>> {
  try {
    // The cast holds: a module's namespace.
    return (await import(pathToFileURL(resolve(path)).href)) as Record<string, unknown>;
  } catch (error) {
    throw new PinkyError(
      'bad_option',
      `${what} ${path} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

/** The first of the names that is exported; `module.exports` itself is a CommonJS module's default. */
export function pick(found: Record<string, unknown>, names: readonly string[]): unknown {
  const inner = found['default'];
  const spaces = [...(isSpace(inner) ? [inner] : []), found];
  for (const space of spaces)
    for (const name of names) if (isSpace(space[name]) || typeof space[name] === 'function') return space[name];
  return undefined;
}

const isSpace = (value: unknown): value is Record<string, unknown> =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';

/** Types thread and process start anew from a file: an object of this process cannot go there. */
export function requirePath(given: WorkerGiven, workerType: string): string {
  if (typeof given === 'string') return resolve(given);
  throw new PinkyError(
    'bad_option',
    `worker type ${workerType} needs the worker as the path of a module, such as require.resolve('./my-worker'): ` +
      'Node starts threads and processes anew, with nothing of this one',
  );
}
