import { childSpec, type ChildSpec, type ProcessIdentity, type TreeEvent } from '@pinky/supervisor';
import type { Effective } from '../config/server-config.js';
import { Adoption } from './adopt-dir.js';
import type { BodyContext } from '../launch/process-worker.js';
import { FosterHome } from './adoption-socket.js';
import { signalName } from '../launch/signal-name.js';
import { idOf, TreeBody, treeName } from '../launch/tree-worker.js';
import type { BodyListener, WorkerBody } from '../launch/running-worker.js';
import { portable } from '../worker/worker-messages.js';

/** The workers of servers that died: taken over from `adoptDir`, and this server's own written down there. */
export class AdoptedWorkers {
  readonly #adoption: Adoption;
  readonly #home: FosterHome;
  readonly #waiting: Map<string, ProcessIdentity>;

  /** Throws the system's error where the folder cannot be used. */
  constructor(private readonly context: BodyContext, directory: string) {
    this.#adoption = new Adoption(directory);
    this.#waiting = new Map(this.#adoption.takeOver());
    const { tree } = context;
    this.#home = new FosterHome({
      directory,
      isOurs: (id, pid) => (tree.view(treeName(id)) ?? this.#waiting.get(treeName(id)))?.pid === pid,
      onBeat: (id) => tree.beat(treeName(id)),
      onHeld: (id, isHeld) => tree.connectionHeld(treeName(id), isHeld),
      onReloadMe: (id) => this.#home.send(id, { type: 'worker.reload', config: portable(context.config()) }),
    });
  }

  /** Ends gracefully those for whom there is no room among `count` workers; then hears the others. */
  async start(count: number): Promise<void> {
    for (const name of this.#waiting.keys()) {
      const id = idOf(name);
      if (id !== undefined && id < count) continue;
      this.#adopt(name);
      void this.context.tree.stop(name, { mode: 'graceful' }).then(() => this.context.tree.remove(name));
    }
    await this.#home.start();
  }

  /** The worker of that id that lives already, if one does. */
  take(workerId: number, { onExit }: BodyListener): WorkerBody | undefined {
    const name = treeName(workerId);
    if (!this.#waiting.has(name)) return undefined;
    this.context.exits.set(name, onExit);
    const spec = (config: Effective): ChildSpec => this.#spec(config);
    if (!this.#adopt(name)) return undefined;
    return new TreeBody(this.context, name, spec, (config) => this.#tellReload(workerId, config));
  }

  /** Keeps the journal. */
  follow(event: TreeEvent): void {
    if (event.type === 'launched') this.#adoption.note(event.name, event.identity);
    else if (event.type === 'exited') this.#adoption.note(event.name, undefined);
  }

  stop(): void {
    this.#home.stop();
    this.#adoption.close();
  }

  #adopt(name: string): boolean {
    const identity = this.#waiting.get(name);
    this.#waiting.delete(name);
    if (!identity || !this.context.tree.adopt(name, this.#spec(this.context.config()), identity)) return false;
    const id = idOf(name);
    if (id !== undefined && this.#home.isHeld(id)) this.context.tree.connectionHeld(name, true);
    this.context.logger.info({ event: 'worker.adopted', worker: name, pid: identity.pid });
    return true;
  }

  /** A program's heartbeat pipe has ended with its server; a worker process beats over its connection. */
  #spec(config: Effective): ChildSpec {
    return childSpec({
      command: '',
      ladder: this.context.ladders.get(config, config['workerType'] === 'process'),
      isWanted: () => false,
    });
  }

  #tellReload(workerId: number, config: Effective): void {
    if (config['workerType'] === 'process') {
      return this.#home.send(workerId, { type: 'worker.reload', config: portable(config) });
    }
    const signal = config['workerReloadSignal'];
    if (signal !== undefined && signal !== null) this.context.tree.signal(treeName(workerId), signalName(signal));
  }
}
