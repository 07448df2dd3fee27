import {
  assertNever, commandRules, fromErrorAnswer, PinkyError, toErrorAnswer,
  type Command, type CommandData, type CommandResult, type CommandRule,
} from '@pinky/protocol';
import type { Order } from '@pinky/funpack-runner/light';
import type { Backups } from '../life/backups.js';
import type { GameServer } from '../life/game-server.js';
import type { StopFlow } from '../life/stop-flow.js';
import type { Answer, AnswerBook } from '../record/answers.js';

/** How long a game may take to answer `list` before what its console told is answered instead. Milliseconds. */
const listPatienceMs = 2_000;

export interface CommandsInput {
  readonly server: GameServer;
  readonly stops: StopFlow;
  readonly backups: Backups;
  readonly book: AnswerBook;
}

/**
 * Obeys commands: each id once, whatever is delivered twice; each as the table says for the server's state; those that
 * speak to the game one after another in order of arrival.
 */
export class Commands {
  readonly #inHand = new Map<string, Promise<CommandResult>>();
  /** The last of the commands that speak to the game. */
  #tail: Promise<unknown> = Promise.resolve();
  #isLeaving = false;

  constructor(private readonly input: CommandsInput) {}

  get areInHand(): boolean {
    return this.#inHand.size > 0;
  }

  /** From here on answers are a successor's business: nothing is recorded. */
  leave(): void {
    this.#isLeaving = true;
  }

  /** Resolves when the commands that speak to the game have been spoken. */
  async settleSpoken(): Promise<void> {
    await this.#tail;
  }

  obey(command: Command): Promise<CommandResult> {
    const inHand = this.#inHand.get(command.id);
    if (inHand) return inHand;
    const known = this.input.book.lookUp(command.id);
    if (typeof known === 'object') return replay(known);
    const promise = this.#obeyOnce(command, known === 'unanswered').finally(() => this.#inHand.delete(command.id));
    this.#inHand.set(command.id, promise);
    return promise;
  }

  async #obeyOnce(command: Command, wasTakenUp: boolean): Promise<CommandResult> {
    const { book, server } = this.input;
    try {
      if (wasTakenUp && isSpoken(command)) throw new PinkyError('outcome_unknown', `server ${server.serverId}: ${command.name} was being obeyed when the worker died`);
      if (!wasTakenUp) book.accept(command.id);
      const result = await this.#follow(commandRules[command.name][server.state], command);
      this.#record(command.id, { ok: true, result });
      return result;
    } catch (error) {
      this.#record(command.id, { ok: false, error: toErrorAnswer(error) });
      throw error;
    }
  }

  #record(id: string, answer: Answer): void {
    if (this.#isLeaving) return;
    try {
      this.input.book.answer(id, answer);
    } catch (error) {
      this.input.server.options.log.error({ event: 'answer.unrecorded', id, error: String(error) });
    }
  }

  async #follow(rule: CommandRule, command: CommandData): Promise<CommandResult> {
    const { server, stops } = this.input;
    if (typeof rule === 'object') throw this.#rejection(rule.reject, command);
    switch (rule) {
      case 'go': return this.#go(command);
      case 'done': return server.result({ already: true });
      case 'join': return (command.name === 'start' ? server.starting : stops.current) ?? server.result();
      case 'cancelStart': return stops.stop('graceful');
      case 'atOnce': return server.recovery.endBackoff();
      case 'afterStart':
        await server.starting?.catch(() => undefined);
        return this.#follow(commandRules[command.name][server.state], command);
      case 'afterStop':
        await stops.current?.catch(() => undefined);
        return this.#follow(commandRules[command.name][server.state], command);
      case 'asStart': return this.#asStart();
      default: return assertNever(rule);
    }
  }

  async #go(command: CommandData): Promise<CommandResult> {
    const { server, stops, backups } = this.input;
    switch (command.name) {
      case 'start': return server.begin(command.data);
      case 'stop': return stops.stop('graceful');
      case 'restart': return stops.restart();
      case 'backup': return server.result({ backup: await (server.record ? backups.run() : backups.latest()) });
      case 'tell': case 'kick': return this.#speak({ type: command.name, user: command.data.user, message: command.data.message });
      case 'broadcast': return this.#speak({ type: 'say', message: command.data.message });
      case 'console': return this.#inTurn(async () => {
        await server.instance?.say([command.data.line]);
        return server.result();
      });
      case 'list': return this.#inTurn(() => this.#list());
      default: return assertNever(command);
    }
  }

  /** `restart` of a server that is not up: a start with what it was last started with. */
  async #asStart(): Promise<CommandResult> {
    const { server, stops } = this.input;
    const start = server.record?.start;
    if (!start) throw new PinkyError('not_running', `server ${server.serverId} has never been started`);
    await stops.current?.catch(() => undefined);
    return this.#follow(commandRules.start[server.state], { name: 'start', data: start });
  }

  #speak(order: Order & { readonly type: 'say' | 'tell' | 'kick' }): Promise<CommandResult> {
    const { server } = this.input;
    return this.#inTurn(async () => {
      const { instance } = server;
      if (!instance) throw new PinkyError('not_running', `server ${server.serverId} is not running`);
      if ('user' in order && !instance.players.some(({ name }) => name === order.user)) {
        throw new PinkyError('no_such_player', `server ${server.serverId}: ${JSON.stringify(order.user)} is not connected`);
      }
      await instance.say(instance.linesFor(order));
      return server.result();
    });
  }

  /** Asks the game; one that has no such order, or does not answer in time, is answered for from its console. */
  async #list(): Promise<CommandResult> {
    const { server } = this.input;
    const { instance } = server;
    if (!instance) throw new PinkyError('not_running', `server ${server.serverId} is not running`);
    const lines = offered(() => instance.linesFor({ type: 'list' }));
    if (lines) {
      const heard = instance.waits.event('players_list', listPatienceMs, new AbortController().signal);
      await instance.say(lines);
      await heard;
    }
    return server.result({ players: instance.players.map(({ name }) => name) });
  }

  #inTurn(task: () => Promise<CommandResult>): Promise<CommandResult> {
    const mine = this.#tail.then(task);
    this.#tail = mine.catch(() => undefined);
    return mine;
  }

  #rejection(code: PinkyError['code'], command: CommandData): PinkyError {
    const { server } = this.input;
    const failure = server.failure ? `: ${server.failure.message}` : '';
    return new PinkyError(code, `server ${server.serverId}: ${command.name} is not possible while it is ${server.state}${failure}`);
  }
}

const isSpoken = ({ name }: CommandData): boolean => ['tell', 'broadcast', 'kick', 'console'].includes(name);

async function replay(answer: Answer): Promise<CommandResult> {
  if (answer.ok) return answer.result;
  throw fromErrorAnswer(answer.error);
}

function offered<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    if (error instanceof PinkyError && error.code === 'unsupported') return undefined;
    throw error;
  }
}
