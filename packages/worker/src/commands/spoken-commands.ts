import type { Order } from '@pinky/funpack-runner/light';
import {
  PinkyError,
  type Clock,
  type CommandData,
  type CommandName,
  type CommandResult,
  type ToPlayerData,
} from '@pinky/protocol';
import type { GameServer } from '../life/game-server.js';
import type { GameRun } from '../run/game-run.js';
import type { GameTalk } from '../run/game-talk.js';
import { replyOf, sayOrder } from './say-order.js';

/** How long a game may take to answer `list`, milliseconds. After that, the answer comes from what its console told. */
const listPatienceMs = 2_000;
/** How long a stop waits for the commands before it, milliseconds. A game that hangs must not hold it up. */
const soFarMs = 2_000;

export type SpokenCommand =
  | Extract<CommandData, { readonly data: { readonly message: string } | { readonly line: string } }>
  | { readonly name: 'list' };

const spoken: ReadonlySet<CommandName> = new Set(['tell', 'broadcast', 'kick', 'console']);

/** Whether nobody can know, after a worker's death, if the game heard the command. */
export const isSpoken = (name: CommandName): boolean => spoken.has(name);

/** The parts of a running game that a command needs. */
export interface SpokenToRun extends Pick<GameRun, 'say'> {
  readonly talk: Pick<
    GameTalk,
    'assertOffers' | 'assertTellsPlayers' | 'linesFor' | 'players' | 'playersIn' | 'proofOf'
  > & {
    readonly waits: Pick<GameTalk['waits'], 'event' | 'verdict'>;
  };
}

/** The parts of a server that a command needs. */
export interface SpokenTo extends Pick<GameServer, 'failure' | 'funpack' | 'result' | 'serverId'> {
  readonly state: Pick<GameServer['state'], 'now'>;
  readonly record: Pick<GameServer['record'], 'now'>;
  readonly runs: { readonly current: SpokenToRun | undefined };
}

export interface SpokenCommandsParts {
  readonly server: SpokenTo;
  readonly clock: Clock;
}

/** Commands that are lines on the game's stdin. They go one after another, in order of arrival. */
export class SpokenCommands {
  /** The last of them. */
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(private readonly parts: SpokenCommandsParts) {}

  /**
   * `assertStill` throws if the server's state does not allow the command any more. `expiresAt` is on the monotonic
   * clock.
   */
  async say(command: SpokenCommand, expiresAt: number, assertStill: () => void): Promise<CommandResult> {
    const mine = this.#tail.then(() => {
      assertStill();
      if (this.parts.clock.now() < expiresAt) return this.#say(command);
      throw new PinkyError(
        'deadline_exceeded',
        `server ${this.parts.server.serverId}: ${command.name} was not said: its deadline passed before its turn`,
      );
    });
    this.#waiting++;
    this.#tail = mine.then(() => { this.#waiting--; }, () => { this.#waiting--; });
    return mine;
  }

  /** Resolves when the commands that were taken so far are done, or after a while. */
  async soFar(): Promise<void> {
    if (this.#waiting === 0) return;
    const over = new AbortController();
    const late = this.parts.clock.rest(soFarMs, over.signal);
    await Promise.race([this.#tail, late]);
    over.abort();
  }

  async #say(command: SpokenCommand): Promise<CommandResult> {
    const { server } = this.parts;
    const run = server.runs.current;
    if (!run) throw new PinkyError('not_running', `server ${server.serverId} is not running`);
    switch (command.name) {
      case 'tell': case 'kick': {
        run.talk.assertOffers(command.name); // such a game may have players of whom nobody knows
        const user = this.#nameOf(run, command.data);
        return this.#order(run, { type: command.name, user, message: command.data.message });
      }
      case 'broadcast': return this.#order(run, { type: 'say', message: command.data.message });
      case 'console': {
        return server.result({ delivery: 'passed_on', ...replyOf(await run.say([command.data.line])) });
      }
      case 'list': return this.#list(run);
    }
  }

  async #order(run: SpokenToRun, order: Order): Promise<CommandResult> {
    const { server } = this.parts;
    return server.result(await sayOrder(run, order, server.serverId));
  }

  /** The name of the player who is meant, by name or by number. Throws `no_such_player`. */
  #nameOf({ talk: { players } }: SpokenToRun, { user, userId }: ToPlayerData): string {
    const named = players.find(({ name }) => name === user);
    const number = userId ?? (named ? undefined : user);
    const numbered = players.find(({ id }) => id !== undefined && String(id) === number);
    // a name with the number of somebody else is that of a player who has gone
    const isAnother = userId !== undefined && userId !== user && named?.id !== undefined;
    const meant = numbered ?? (isAnother ? undefined : named);
    if (meant) return meant.name;
    const { serverId } = this.parts.server;
    const whose = isAnother ? ` with the number ${userId}, but with ${named.id}` : '';
    throw new PinkyError('no_such_player', `server ${serverId}: ${JSON.stringify(user)} is not connected${whose}`);
  }

  /**
   * Asks the game. If it has no such order or does not answer in time, the answer comes from what its console told.
   * Throws `unsupported` if that can be nothing.
   */
  async #list(run: SpokenToRun): Promise<CommandResult> {
    run.talk.assertTellsPlayers();
    const lines = offered(() => run.talk.linesFor({ type: 'list' }));
    if (lines) {
      const over = new AbortController();
      const heard = run.talk.waits.event('players_list', listPatienceMs, over.signal);
      try {
        const players = run.talk.playersIn(await run.say(lines));
        if (players) return this.parts.server.result({ players });
        await heard;
      } finally {
        over.abort();
      }
    }
    return this.parts.server.result({ players: run.talk.players.map(({ name }) => name) });
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
