import type { ChildProcess } from 'node:child_process';
import type { Clock } from '@pinky/protocol/base';
import { childSpec, ProcessTree, type ChildSpec, type ProcessExit, type ProcessLogger } from '@pinky/supervisor';
import { ladderFrom } from '../config/ladders.js';
import type { EffectiveConfig } from '../config/server-config.js';
import type { LiveRelease } from '../process/live-release.js';
import type { SocketManager } from '../sockets/socket-manager.js';
import { isFromServer, roleVariable, type ToServer } from './role.js';

export interface ServerChildrenOptions {
  readonly clock: Clock;
  readonly config: () => EffectiveConfig;
  readonly logger: ProcessLogger;
  readonly sockets: SocketManager;
  readonly release: LiveRelease;
  /** A server's `beforeRun` has succeeded. */
  readonly onReady: () => void;
  /** A server ends because something that it was given is bad. */
  readonly onUnfit: (because: string) => void;
  readonly onEnded: (name: string, exit: ProcessExit) => void;
}

/**
 * A supervisor's server processes: one, or two during a live restart. Each is this program, started again in another
 * role. Their names are `server1`, `server2` …
 */
export class ServerChildren {
  readonly #tree: ProcessTree;
  readonly #running = new Map<string, ChildProcess>();
  readonly #listening = new Set<string>();
  #generation = 0;

  constructor(private readonly options: ServerChildrenOptions) {
    const { clock, logger } = options;
    this.#tree = new ProcessTree({
      clock,
      onEvent: (event) => {
        if (event.type === 'stalled') {
          logger.error({ event: 'server.stalled', pid: event.pid, silentMs: Math.round(event.silentMs) });
        }
        // Later, because the tree must first note that the process is gone, and the event loop must close its handles.
        if (event.type === 'exited') setImmediate(() => this.#ended(event.name, event.exit));
      },
    });
  }

  /** The names of the servers that run. */
  get names(): readonly string[] {
    return [...this.#running.keys()];
  }

  /** Starts one more server, and answers its name. */
  start(): string {
    this.#generation += 1;
    const name = `server${this.#generation}`;
    this.#tree.start(name, this.#spec(name));
    return name;
  }

  /** Ends a server by the ladder. A repeated graceful request reaches the server again. */
  end(name: string, isGraceful: boolean): void {
    const isLeaving = this.#tree.view(name)?.state === 'leaving';
    if (isLeaving && isGraceful) return this.tell(name, 'SIGTERM');
    void this.#tree.stop(name, {
      mode: isGraceful ? 'graceful' : 'immediate',
      ...(isGraceful && this.#usesPipe && { ask: () => this.#send(name, 'SIGTERM') }),
    });
  }

  /** Hands a signal on. A server that does not listen yet gets none: it reads the newest configuration by itself. */
  tell(name: string, signal: NodeJS.Signals): void {
    if (!this.#listening.has(name)) return;
    if (this.#usesPipe && this.#send(name, signal)) return;
    this.#tree.signal(name, signal);
  }

  /** Resolves once this server is gone. */
  async whenGone(name: string): Promise<void> {
    await this.#tree.whenGone(name);
  }

  /** Takes over ladders and titles of the configuration in effect. */
  update(): void {
    for (const name of this.names) this.#tree.update(name, this.#spec(name));
  }

  /** Stops watching. A server that still runs goes on. */
  release(): void {
    this.#tree.release();
    for (const child of this.#running.values()) if (child.connected) child.disconnect();
  }

  get #usesPipe(): boolean {
    return this.options.config()['commandSender'] === 'pipe';
  }

  #ended(name: string, exit: ProcessExit): void {
    this.#running.delete(name);
    this.#listening.delete(name);
    this.#tree.remove(name);
    this.options.onEnded(name, exit);
  }

  #spec(name: string): ChildSpec {
    const { config: configOf, release } = this.options;
    const config = configOf();
    const [program, ...args] = process.argv.slice(1);
    const title = config['serverProcessName'];
    // The cast holds: `spawn` leaves out a variable without a value.
    const env = { ...process.env, [roleVariable]: String(process.pid) } as Record<string, string>;
    return childSpec({
      command: process.execPath,
      args: [
        ...(title ? [`--title=${title}`] : []),
        ...process.execArgv.filter((option) => !option.startsWith('--title=')),
        ...(program === undefined ? [] : [release.fileOf(program)]),
        ...args,
      ],
      env,
      ...release.inWorkingFolder,
      hasHeartbeat: true,
      hasChannel: true,
      output: 'inherit',
      ladder: ladderFrom(config, 'server', true),
      isWanted: () => false, // the supervisor decides about restarts, not the tree
      onSpawned: (child) => this.#spawned(name, child),
    });
  }

  #spawned(name: string, child: ChildProcess): void {
    this.#running.set(name, child);
    this.options.sockets.serve(child);
    child.on('message', (message) => {
      if (!isFromServer(message)) return;
      if (message.type === 'server.ready') this.options.onReady();
      else if (message.type === 'server.unfit') this.options.onUnfit(message.because);
      else this.#listening.add(name);
    });
  }

  #send(name: string, signal: NodeJS.Signals): boolean {
    const child = this.#running.get(name);
    const message: ToServer = { type: 'server.command', signal };
    if (!child?.connected) return false;
    child.send(message, () => undefined); // if it has died meanwhile, its exit is reported
    return true;
  }
}
