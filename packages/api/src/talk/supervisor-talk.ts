import { boxPaths, Link, type LongLived, type Message, type ServerStatus } from '@pinky/protocol';

/** One child of the supervisor, as it tells of it. */
export interface SeenChild {
  readonly role: string;
  readonly pid?: number;
  readonly title?: string;
  readonly state: string;
  readonly serverId?: string;
  readonly status?: ServerStatus;
  readonly restarts: number;
  readonly heartbeatAgeMs?: number;
}

/** The supervisor's answer to `ps`, as far as it is used here. */
export interface SeenTree {
  readonly box: string;
  readonly version: string;
  readonly pid: number;
  readonly since: number;
  readonly phase: string;
  readonly children: readonly SeenChild[];
}

const lookMs = 2_000;
const reloadMs = 15_000;

/** Our connection to the supervisor, whose child we are: it hears who we are, and may ask us to leave. */
export class SupervisorTalk implements LongLived {
  readonly #link: Link;

  constructor(home: string, greet: () => readonly Message[], onShutdown: () => void) {
    this.#link = new Link({ path: boxPaths(home).supervisorSocket }, {
      greet: () => [...greet(), { type: 'slaveHello', Running: true }],
      onMessage: (message) => { if (message.type === 'shutdown') onShutdown(); },
      onRequest: async () => ({}), // it asks whether we live, where we have no pipe to it
    });
  }

  start(signal?: AbortSignal): void {
    this.#link.start(signal);
  }

  stop(): Promise<void> {
    return this.#link.stop();
  }

  get isThere(): boolean {
    return this.#link.peer !== undefined;
  }

  async tree(): Promise<SeenTree> {
    return (await this.#link.request('ps', {}, { deadlineMs: lookMs })) as SeenTree; // our own supervisor answers
  }

  /** Has the configuration read again. Throws `bad_option`, which names each wrong option. */
  async reload(): Promise<void> {
    await this.#link.request('reload', {}, { deadlineMs: reloadMs });
  }
}
