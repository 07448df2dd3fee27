import {
  assertNever, commandRules, fromErrorAnswer, PinkyError, toErrorAnswer,
  type Command, type CommandData, type CommandName, type CommandResult, type CommandRule,
} from '@pinky/protocol';
import type { Backups } from '../backup/backups.js';
import type { GameServer } from '../life/game-server.js';
import type { StopFlow } from '../life/stop-flow.js';
import type { Answer, RecordedAnswers, Unanswered } from '../record/recorded-answers.js';
import { SpokenCommands } from './spoken-commands.js';

export interface CommandsInput {
  readonly server: GameServer;
  readonly stops: StopFlow;
  readonly backups: Backups;
  readonly book: RecordedAnswers;
}

/**
 * Commands that must not be obeyed twice: where it cannot be written down that they were taken up, they are refused.
 */
const needRecord: ReadonlySet<CommandName> = new Set(['start', 'restart', 'tell', 'broadcast', 'kick', 'console']);
/** Of these a worker's death leaves open whether the game has heard them. */
const spoken: ReadonlySet<CommandName> = new Set(['tell', 'broadcast', 'kick', 'console']);

/**
 * Obeys commands: each id once, whatever is delivered twice; each as the table says for the server's state; those that
 * speak to the game one after another in order of arrival, and what ends the game after those that came before it.
 */
export class Commands {
  readonly #inHand = new Map<string, Promise<CommandResult>>();
  readonly #spoken = new Set<Promise<CommandResult>>();
  readonly #speech: SpokenCommands;
  /** That of the last stop or restart, while it waits for what was said before it. */
  #turn: Promise<void> | undefined;
  /** `closing`: takes no more; `left`: answers are a successor's business. */
  #phase: 'open' | 'closing' | 'left' = 'open';

  constructor(private readonly input: CommandsInput) {
    this.#speech = new SpokenCommands(input.server);
  }

  get areInHand(): boolean {
    return this.#inHand.size > 0;
  }

  /**
   * Takes no more commands: they stay unanswered, and are sent again to the successor. Resolves when the spoken ones
   * are answered.
   */
  async close(): Promise<void> {
    if (this.#phase === 'open') this.#phase = 'closing';
    await Promise.allSettled(this.#spoken);
    await new Promise((resolve) => setImmediate(resolve)); // the answers are on their way
  }

  /** From here on answers are a successor's business too: nothing is recorded or answered. */
  leave(): void {
    this.#phase = 'left';
  }

  /**
   * Never settles once the worker is leaving: who asked is answered by the successor, to which the question is sent
   * again.
   */
  async obey(command: Command): Promise<CommandResult> {
    try {
      const result = await this.#once(command);
      return this.#phase === 'left' ? await never : result;
    } catch (error) {
      if (this.#phase === 'left') return never;
      throw error;
    }
  }

  #once(command: Command): Promise<CommandResult> {
    const inHand = this.#inHand.get(command.id);
    if (inHand) return inHand;
    const known = this.input.book.lookUp(command.id);
    if (typeof known === 'object' && 'ok' in known) return replay(known);
    if (this.#phase !== 'open') return never;
    const promise = this.#obeyOnce(command, known).finally(() => {
      this.#inHand.delete(command.id);
      this.#spoken.delete(promise);
    });
    this.#inHand.set(command.id, promise);
    if (spoken.has(command.name) || command.name === 'list') this.#spoken.add(promise);
    return promise;
  }

  async #obeyOnce(command: Command, known: Unanswered | 'new'): Promise<CommandResult> {
    const { server } = this.input;
    const expiresAt = server.options.clock.now() + command.deadlineMs;
    try {
      if (known === 'new') this.#accept(command);
      const turn = this.#turnOf(command.name);
      if (turn) await turn;
      if (known !== 'new') this.#assertNotDone(command, known); // by what is true when its turn comes
      const result = await this.#follow(this.#whatIsLeft(command, known), expiresAt);
      this.#record(command.id, { ok: true, result });
      return result;
    } catch (error) {
      this.#record(command.id, { ok: false, error: toErrorAnswer(error) });
      throw error;
    }
  }

  /**
   * What ends the game waits for what was said before it, and what came after that waits behind it: nothing overtakes a
   * stop.
   */
  #turnOf(name: CommandName): Promise<void> | undefined {
    if (name !== 'stop' && name !== 'restart') return this.#turn;
    const turn = (this.#turn ?? Promise.resolve())
      .then(() => this.#speech.soFar())
      .finally(() => {
        if (this.#turn === turn) this.#turn = undefined;
      });
    this.#turn = turn;
    return turn;
  }

  #accept({ id, name }: Command): void {
    try {
      this.input.book.accept(id);
    } catch (error) {
      if (needRecord.has(name)) throw error;
    }
  }

  /** A predecessor took the command up and died. What cannot be seen to be undone is not done again. */
  #assertNotDone({ name }: Command, { hasBegunRun }: Unanswered): void {
    const { server } = this.input;
    const isStopped = server.state === 'down' || server.state === 'stopping';
    const hasLaunched = hasBegunRun && (name === 'start' || name === 'restart');
    const isUnclear = spoken.has(name) || (hasLaunched && isStopped);
    if (isUnclear) {
      throw new PinkyError(
        'outcome_unknown',
        `server ${server.serverId}: ${name} was being obeyed when the worker died`,
      );
    }
    if (hasLaunched && server.failure) throw fromErrorAnswer(server.failure);
  }

  /** Of a restart that has got to its second half only the start is left. */
  #whatIsLeft(command: Command, known: Unanswered | 'new'): CommandData {
    const start = this.input.server.record?.start;
    return command.name === 'restart' && known !== 'new' && known.hasBegunRun && start
      ? { name: 'start', data: start }
      : command;
  }

  #record(id: string, answer: Answer): void {
    if (this.#phase === 'left') return;
    try {
      this.input.book.answer(id, answer);
    } catch (error) {
      this.input.server.options.log.error({ event: 'answer.unrecorded', id, error: String(error) });
    }
  }

  async #follow(command: CommandData, expiresAt: number): Promise<CommandResult> {
    const { server, stops } = this.input;
    const rule: CommandRule = commandRules[command.name][server.state];
    if (typeof rule === 'object') throw this.#rejection(rule.reject, command);
    switch (rule) {
      case 'go': return this.#go(command, expiresAt);
      case 'done': return server.result({ already: true });
      case 'join': return (command.name === 'start' ? server.starting : stops.stop('graceful')) ?? server.result();
      case 'cancelStart': return stops.stop('graceful');
      case 'atOnce': return server.recovery.endBackoff();
      case 'afterStart': return this.#after(server.starting, () => this.#follow(command, expiresAt));
      case 'afterStop': return this.#after(stops.current, () => this.#follow(command, expiresAt));
      case 'asStart': return this.#asStart(expiresAt);
      default: return assertNever(rule);
    }
  }

  async #go(command: CommandData, expiresAt: number): Promise<CommandResult> {
    const { server, stops, backups } = this.input;
    switch (command.name) {
      case 'start':
        return server.begin(command.data);
      case 'stop':
        return stops.stop('graceful');
      case 'restart':
        return stops.restart();
      case 'backup':
        return server.result({ backup: await (server.record ? backups.run() : backups.latest()) });
      case 'tell':
      case 'kick':
      case 'broadcast':
      case 'console':
        return this.#speech.obey(command, expiresAt, () => this.#assertStill(command));
      case 'list':
        return this.#speech.obey({ name: 'list' }, expiresAt, () => this.#assertStill(command));
      default:
        return assertNever(command);
    }
  }

  /** `restart` of a server that is not up: a start with what it was last started with. */
  async #asStart(expiresAt: number): Promise<CommandResult> {
    const { server, stops } = this.input;
    const start = server.record?.start;
    if (!start) {
      throw new PinkyError(
        'not_running',
        `server ${server.serverId} is down, and nothing says what to start: that goes with a stop`,
      );
    }
    return this.#after(stops.current, () => this.#follow({ name: 'start', data: start }, expiresAt));
  }

  /** What waits for the end of something else is not begun any more by a worker that leaves. */
  async #after(other: Promise<unknown> | undefined, then: () => Promise<CommandResult>): Promise<CommandResult> {
    await other?.catch(() => undefined);
    return this.#phase === 'open' ? then() : never;
  }

  /** Another command, or a crash, may have come first. */
  #assertStill(command: CommandData): void {
    const rule = commandRules[command.name][this.input.server.state];
    if (typeof rule === 'object') throw this.#rejection(rule.reject, command);
  }

  #rejection(code: PinkyError['code'], command: CommandData): PinkyError {
    const { server } = this.input;
    const failure = server.failure ? `: ${server.failure.message}` : '';
    return new PinkyError(
      code,
      `server ${server.serverId}: ${command.name} is not possible while it is ${server.state}${failure}`,
    );
  }
}

const never = new Promise<never>(() => undefined);

async function replay(answer: Answer): Promise<CommandResult> {
  if (answer.ok) return answer.result;
  throw fromErrorAnswer(answer.error);
}
