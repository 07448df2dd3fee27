import { PinkyError, type CommandData, type CommandResult } from '@pinky/protocol';
import type { Order } from '@pinky/funpack-runner/light';
import type { GameServer } from '../life/game-server.js';
import type { GameRun } from '../run/game-run.js';

/** How long a game may take to answer `list` before what its console told is answered instead. Milliseconds. */
const listPatienceMs = 2_000;
/** How long a stop waits for the commands that came before it, milliseconds: a game that hangs must not keep it. */
const soFarMs = 2_000;

export type SpokenCommand =
  | Extract<CommandData, { readonly data: { readonly message: string } | { readonly line: string } }>
  | { readonly name: 'list' };

/** Commands that are lines on the game's stdin: one after another, in order of arrival. */
export class SpokenCommands {
  /** The last of them. */
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(private readonly server: GameServer) {}

  /**
   * `assertStill` throws where the server's state does not allow it any more, `expiresAt` is on the monotonic clock.
   */
  async obey(command: SpokenCommand, expiresAt: number, assertStill: () => void): Promise<CommandResult> {
    const mine = this.#tail.then(() => {
      assertStill();
      if (this.server.options.clock.now() >= expiresAt) {
        throw new PinkyError(
          'deadline_exceeded',
          `server ${this.server.serverId}: ${command.name} was not said: its time was over before its turn came`,
        );
      }
      return this.#say(command);
    });
    this.#waiting++;
    this.#tail = mine.then(() => { this.#waiting--; }, () => { this.#waiting--; });
    return mine;
  }

  /** Resolves when those that were taken so far are done, or after a while. */
  async soFar(): Promise<void> {
    if (this.#waiting === 0) return;
    const over = new AbortController();
    const late = this.server.options.clock.rest(soFarMs, over.signal);
    await Promise.race([this.#tail, late]);
    over.abort();
  }

  async #say(command: SpokenCommand): Promise<CommandResult> {
    const { server } = this;
    const { instance } = server;
    if (!instance) throw new PinkyError('not_running', `server ${server.serverId} is not running`);
    switch (command.name) {
      case 'tell': case 'kick': {
        const { user, message } = command.data;
        this.#assertConnected(instance, user);
        return this.#order(instance, { type: command.name, user, message });
      }
      case 'broadcast': return this.#order(instance, { type: 'say', message: command.data.message });
      case 'console': {
        await instance.say([command.data.line]);
        return server.result();
      }
      case 'list': return this.#list(instance);
    }
  }

  async #order(instance: GameRun, order: Order): Promise<CommandResult> {
    await instance.say(instance.linesFor(order));
    return this.server.result();
  }

  #assertConnected(instance: GameRun, user: string): void {
    if (instance.players.some(({ name }) => name === user)) return;
    throw new PinkyError('no_such_player', `server ${this.server.serverId}: ${JSON.stringify(user)} is not connected`);
  }

  /** Asks the game; one that has no such order, or does not answer in time, is answered for from its console. */
  async #list(instance: GameRun): Promise<CommandResult> {
    const lines = offered(() => instance.linesFor({ type: 'list' }));
    if (lines) {
      const over = new AbortController();
      const heard = instance.waits.event('players_list', listPatienceMs, over.signal);
      try {
        await instance.say(lines);
        await heard;
      } finally {
        over.abort();
      }
    }
    return this.server.result({ players: instance.players.map(({ name }) => name) });
  }
}

function offered<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    if (error instanceof PinkyError && error.code === 'unsupported') return undefined;
    throw error;
  }
}
