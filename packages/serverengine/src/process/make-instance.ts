import { Server, type ServerContext, type ServerMethods, type ServerModule } from '../server/server.js';
import { Worker, type WorkerContext, type WorkerMethods, type WorkerModule } from '../worker/worker.js';

/** Makes a worker for one start, and calls its optional `initialize`, as ServerEngine does. */
export const makeWorker = (module: WorkerModule, context: WorkerContext): WorkerMethods & Pick<Worker, 'dump'> =>
  withDump(make(module, Worker, context), context);

/** Makes a server for one start, and calls its optional `initialize`, as ServerEngine does. */
export const makeServer = (module: ServerModule | null, context: ServerContext): Server & ServerMethods =>
  make(module ?? Server, Server, context);

/** A class that does not extend `Worker` may have no `dump` of its own. */
function withDump(worker: WorkerMethods, context: WorkerContext): WorkerMethods & Pick<Worker, 'dump'> {
  if (!worker.dump) worker.dump = () => context.dump();
  // The cast holds: it has one now.
  return worker as WorkerMethods & Pick<Worker, 'dump'>;
}

/** Both have it: called once, when everything else of the object is there. */
interface CanInitialize {
  initialize?(): void;
}

function make<T extends object, C>(module: object, Base: new (context: C) => T, context: C): T {
  const instance: T & CanInitialize =
    // The cast holds: a function here is a class that takes the context.
    typeof module === 'function'
      ? equipped(new (module as new (context: C) => T)(context), Base, context)
      : objectOf(module, Base, context);
  instance.initialize?.();
  return instance;
}

/**
 * An object of a class that does not extend the base gets the base's members too. Those that the class has itself stay,
 * but a field that is only declared is none: TypeScript makes it undefined.
 */
function equipped<T extends object, C>(instance: T, Base: new (context: C) => T, context: C): T {
  if (instance instanceof Base || !Object.isExtensible(instance)) return instance;
  const base = new Base(context);
  const { constructor: _constructor, ...inherited } = Object.getOwnPropertyDescriptors(Base.prototype as object);
  for (const name of [...Object.keys(inherited), ...Object.keys(base)]) {
    const own = Object.getOwnPropertyDescriptor(instance, name);
    const isDeclared = own?.configurable === true && 'value' in own && own.value === undefined;
    if (!(name in instance) || isDeclared) Object.defineProperty(instance, name, memberOf(base, name));
  }
  return instance;
}

/** As the base has it at the time. The object may still set it: its class knows nothing of a base. */
function memberOf(base: object, name: string): PropertyDescriptor & ThisType<object> {
  return {
    configurable: true,
    get: () => {
      const value: unknown = Reflect.get(base, name);
      return typeof value === 'function' ? value.bind(base) as unknown : value;
    },
    set(value: unknown) {
      Object.defineProperty(this, name, { configurable: true, enumerable: true, writable: true, value });
    },
  };
}

/** An object with hooks as a prototype. It gets the base's methods by its own prototype. */
function objectOf<T extends object, C>(module: object, Base: new (context: C) => T, context: C): T {
  // The casts hold: the base's prototype is an object, and the new object has the module's and the base's properties.
  if (Object.getPrototypeOf(module) === Object.prototype) Object.setPrototypeOf(module, Base.prototype as object);
  return Object.defineProperties(
    Object.create(module) as T,
    Object.getOwnPropertyDescriptors(new Base(context)),
  );
}
