import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '@pinky/box/config';
import { prepareHome, writeEffectiveConfig } from '@pinky/box/home';
import { boxPaths, Listener, type PeerHandlers, type ProgressListener, type ServerStatus } from '@pinky/protocol';

type Answers = Readonly<Record<string, (params: unknown, progress: ProgressListener) => unknown>>;

/** A home with listeners in the places of supervisor and queue, and whatever they should answer. */
export class TalkingBox {
  readonly home = mkdtempSync(join(tmpdir(), 'pinky-cli-'));
  readonly servers = join(this.home, 'servers');
  readonly requests: { to: string; method: string; params: unknown }[] = [];
  readonly #listeners: Listener[] = [];
  supervisor: Listener | undefined;
  queue: Listener | undefined;

  constructor() {
    writeFileSync(boxPaths(this.home).isolation, 'none\n'); // nothing is launched here
    const config = loadConfig({ home: this.home, env: {} });
    prepareHome(config);
    writeEffectiveConfig(config);
  }

  async listenAsSupervisor(answers: Answers = { ps: () => this.tree([]) }): Promise<void> {
    this.supervisor = await this.#listen(boxPaths(this.home).supervisorSocket, 'supervisor', answers);
  }

  async listenAsQueue(answers: Answers): Promise<void> {
    this.queue = await this.#listen(boxPaths(this.home).queueSocket, 'queue', answers);
  }

  /** The supervisor's answer to `ps`, with these servers up. */
  tree(servers: readonly ServerStatus[]): unknown {
    const workers = servers.map((status) => ({
      role: 'worker',
      pid: process.pid,
      state: 'running',
      serverId: status.serverId,
      status,
      restarts: 0,
      heartbeatAgeMs: 10,
    }));
    return {
      box: '1',
      version: '0.1.0',
      pid: process.pid,
      since: Date.now(),
      children: [{
        role: 'queue',
        pid: process.pid,
        state: 'running',
        restarts: 0,
      }, ...workers],
    };
  }

  serverFolder(id: string): string {
    const dir = join(this.servers, id);
    mkdirSync(dir, { recursive: true });
    return dir;
  }

  async remove(): Promise<void> {
    for (const listener of this.#listeners) await listener.stop();
    rmSync(this.home, { recursive: true, force: true });
  }

  async #listen(path: string, to: string, answers: Answers): Promise<Listener> {
    const onRequest: PeerHandlers['onRequest'] = async (method, params, { progress }) => {
      this.requests.push({ to, method, params });
      const answer = answers[method];
      if (!answer) throw new Error(`the fake ${to} does not answer ${method}`);
      return answer(params, progress);
    };
    const listener = new Listener(path, { onRequest });
    await listener.start();
    this.#listeners.push(listener);
    return listener;
  }
}

export const upStatus = (serverId: string, more: Partial<ServerStatus> = {}): ServerStatus => ({
  serverId,
  game: 'emberhollow',
  state: 'up',
  wanted: 'up',
  since: Date.now() - 5000,
  isBackingUp: false,
  port: 10_000,
  pid: process.pid,
  players: ['alice', 'bob'],
  run: 'r1',
  restarts: 2,
  ...more,
});
