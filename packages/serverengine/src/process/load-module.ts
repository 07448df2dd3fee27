import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PinkyError } from '@pinky/protocol/base';
import type { WorkerGiven, WorkerModule } from '../worker/worker.js';

const wanted = 'an object or a class with run() or spawn()';

/** Loads a worker's module, CommonJS or ES module. A missing file, or anything that is no worker: `bad_option`. */
export async function loadWorker(given: WorkerGiven): Promise<WorkerModule> {
  if (typeof given !== 'string') {
    assertGiven(given);
    return given;
  }
  const found = await importModule(given, 'worker module');
  const candidate = findExport(found, ['default', 'worker', 'Worker']);
  if (!candidate) {
    throw new PinkyError(
      'bad_option',
      `${given} exports no worker: export ${wanted} as default`,
    );
  }
  if (isPlainFunction(candidate)) {
    throw new PinkyError('bad_option', `${given} exports ${noClass}: export ${wanted} as default`);
  }
  // The cast holds as far as can be seen from outside: it is an object or a class.
  return candidate as WorkerModule;
}

/** A program in JavaScript may give anything. */
function assertGiven(given: unknown): void {
  if (!isSpace(given)) throw new PinkyError('bad_option', `the worker is ${String(given)}: give ${wanted}`);
  if (isPlainFunction(given)) throw new PinkyError('bad_option', `the worker is ${noClass}: give ${wanted}`);
}

const noClass = 'a function that is no class, so no worker can be made of it';

/** An arrow function, an async function, a generator or a method: `new` refuses it. It is not called to find out. */
function isPlainFunction(value: unknown): boolean {
  if (typeof value !== 'function') return false;
  try {
    Reflect.construct(Object, [], value);
    return false;
  } catch {
    return true; // `new` says no more than that
  }
}

/** Imports a module by its path. `what` names it in the error. If that fails: `bad_option`. */
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

/** The first of these names that is exported, however the module was compiled. */
export function findExport(found: Record<string, unknown>, names: readonly string[]): unknown {
  const inner = found['default']; // `module.exports` itself, if the module is CommonJS
  const spaces = [...(isSpace(inner) ? [inner] : []), found];
  for (const space of spaces)
    for (const name of names) if (isSpace(space[name]) || typeof space[name] === 'function') return space[name];
  return undefined;
}

const isSpace = (value: unknown): value is Record<string, unknown> =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';

/** Types thread and process start from a file, because an object cannot leave its process. */
export function requirePath(given: WorkerGiven, workerType: string): string {
  if (typeof given === 'string') return resolve(given);
  throw new PinkyError(
    'bad_option',
    `worker type ${workerType} needs the worker as the path of a module, such as require.resolve('./my-worker'): ` +
      'Node starts threads and processes anew, with nothing of this one',
  );
}
