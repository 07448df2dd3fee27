import { childSpec, type ChildSpec, type ProcessIdentity, type TreeEvent } from '@pinky/supervisor';
import type { EffectiveConfig } from '../config/server-config.js';
import type { ServerParts } from '../launch/server-parts.js';
import { parseSignalName } from '../launch/signal-name.js';
import type { RunningWorker, WorkerListener } from '../launch/running-worker.js';
import { idOf, treeName, WorkerProcess } from '../launch/worker-process.js';
import { portable } from '../worker/worker-messages.js';
import { AdoptDir } from './adopt-dir.js';
import { AdoptionSocket } from './adoption-socket.js';

/** The workers of dead servers, taken over from `adoptDir`. Also writes this server's own workers down there. */
export class AdoptedWorkers {
  readonly #folder: AdoptDir;
  readonly #socket: AdoptionSocket;
  readonly #waiting: Map<string, ProcessIdentity>;

  /** Throws the system's error if the folder cannot be used. */
  constructor(private readonly parts: ServerParts, directory: string) {
    this.#folder = new AdoptDir(directory);
    this.#waiting = new Map(this.#folder.takeOver());
    const { tree } = parts;
    this.#socket = new AdoptionSocket({
      directory,
      isOurs: (id, pid) => (tree.view(treeName(id)) ?? this.#waiting.get(treeName(id)))?.pid === pid,
      onBeat: (id) => tree.beat(treeName(id)),
      onHeld: (id, isHeld) => tree.connectionHeld(treeName(id), isHeld),
      onReloadMe: (id) => this.#socket.send(id, { type: 'worker.reload', config: portable(parts.config()) }),
    });
  }

  /** Gracefully ends those that have no place among `count` workers. Then listens to the others. */
  async start(count: number): Promise<void> {
    for (const name of this.#waiting.keys()) {
      const id = idOf(name);
      if (id !== undefined && id < count) continue;
      this.#adopt(name);
      void this.parts.tree.stop(name, { mode: 'graceful' }).then(() => this.parts.tree.remove(name));
    }
    await this.#socket.start();
  }

  /** The worker of that id, if one is already alive. */
  take(workerId: number, { onExit }: WorkerListener): RunningWorker | undefined {
    const name = treeName(workerId);
    if (!this.#waiting.has(name)) return undefined;
    this.parts.exits.expect(name, onExit);
    const spec = (config: EffectiveConfig): ChildSpec => this.#spec(config);
    if (!this.#adopt(name)) return undefined;
    return new WorkerProcess(this.parts.tree, name, spec, (config) => this.#tellReload(workerId, config));
  }

  /** Keeps the journal. */
  follow(event: TreeEvent): void {
    if (event.type === 'launched') this.#folder.note(event.name, event.identity);
    else if (event.type === 'exited') this.#folder.note(event.name, undefined);
  }

  stop(): void {
    this.#socket.stop();
    this.#folder.close();
  }

  #adopt(name: string): boolean {
    const identity = this.#waiting.get(name);
    this.#waiting.delete(name);
    if (!identity || !this.parts.tree.adopt(name, this.#spec(this.parts.config()), identity)) return false;
    const id = idOf(name);
    if (id !== undefined && this.#socket.isHeld(id)) this.parts.tree.connectionHeld(name, true);
    this.parts.logger.info({ event: 'worker.adopted', worker: name, pid: identity.pid });
    return true;
  }

  /** A spawned program's heartbeat pipe ended with its server. A worker process beats over its connection. */
  #spec(config: EffectiveConfig): ChildSpec {
    return childSpec({
      command: '',
      ladder: this.parts.ladders.get(config, config['workerType'] === 'process'),
      isWanted: () => false,
    });
  }

  #tellReload(workerId: number, config: EffectiveConfig): void {
    if (config['workerType'] === 'process') {
      return this.#socket.send(workerId, { type: 'worker.reload', config: portable(config) });
    }
    const signal = config['workerReloadSignal'];
    if (signal !== undefined && signal !== null) this.parts.tree.signal(treeName(workerId), parseSignalName(signal));
  }
}
