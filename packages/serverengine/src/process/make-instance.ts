import { Server, type ServerContext, type ServerMethods, type ServerModule } from '../server/server.js';
import { Worker, type WorkerContext, type WorkerMethods, type WorkerModule } from '../worker/worker.js';

/** Makes a worker for one start. Calls an object's optional `initialize`, as ServerEngine does. */
export const makeWorker = (module: WorkerModule, context: WorkerContext): WorkerMethods & Pick<Worker, 'dump'> =>
  withDump(make(module, Worker, context), context);

/** Makes a server for one start. Calls an object's optional `initialize`, as ServerEngine does. */
export const makeServer = (module: ServerModule | null, context: ServerContext): Server & ServerMethods =>
  make(module ?? Server, Server, context);

/** A class that does not extend `Worker` may have no `dump` of its own. */
function withDump(worker: WorkerMethods, context: WorkerContext): WorkerMethods & Pick<Worker, 'dump'> {
  if (!worker.dump) worker.dump = () => context.dump();
  // The cast holds: it has one now.
  return worker as WorkerMethods & Pick<Worker, 'dump'>;
}

function make<T extends object, C>(module: object, Base: new (context: C) => T, context: C): T {
  // The casts hold: a function here is a class that takes the context, and an object gets the base's methods by its
  // prototype.
  if (typeof module === 'function') return new (module as new (context: C) => T)(context);
  if (Object.getPrototypeOf(module) === Object.prototype) Object.setPrototypeOf(module, Base.prototype as object);
  const instance = Object.create(module) as T & { initialize?: () => void };
  Object.defineProperties(instance, Object.getOwnPropertyDescriptors(new Base(context)));
  instance.initialize?.();
  return instance;
}
