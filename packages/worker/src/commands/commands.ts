import {
  fromErrorAnswer,
  toErrorAnswer,
  type Command,
  type CommandName,
  type CommandResult,
  type Logger,
} from '@pinky/protocol';
import type { Answer, RecordedAnswers, Unanswered } from '../record/recorded-answers.js';
import { CommandRunner, type CommandRunnerParts } from './command-runner.js';
import { isSpoken } from './spoken-commands.js';

export interface CommandParts extends CommandRunnerParts {
  readonly answers: RecordedAnswers;
  readonly log: Logger;
}

/** These commands must not be carried out twice. They are refused if it cannot be recorded that they were taken up. */
const needRecord: ReadonlySet<CommandName> = new Set(['start', 'restart', 'tell', 'broadcast', 'kick', 'console']);

/**
 * Answers commands. Each id is carried out once, however often it is delivered, and as the table says for the server's
 * state. Commands that speak to the game go one after another, in order of arrival. A command that ends the game waits
 * for those that came before it.
 */
export class Commands {
  readonly #inHand = new Map<string, Promise<CommandResult>>();
  readonly #spoken = new Set<Promise<CommandResult>>();
  readonly #runner: CommandRunner;
  /** The turn of the last stop or restart, while it waits for the commands before it. */
  #turn: Promise<void> | undefined;
  /** `closing`: takes no more commands. `left`: the next worker answers them. */
  #phase: 'open' | 'closing' | 'left' = 'open';

  constructor(private readonly parts: CommandParts) {
    this.#runner = new CommandRunner(parts);
  }

  get areInHand(): boolean {
    return this.#inHand.size > 0;
  }

  /**
   * Takes no more commands. They stay unanswered, and the queue sends them to the next worker. Resolves when the
   * commands that are being said to the game are answered.
   */
  async close(): Promise<void> {
    if (this.#phase === 'open') this.#phase = 'closing';
    this.#runner.close();
    await Promise.allSettled(this.#spoken);
    await new Promise((resolve) => setImmediate(resolve)); // the answers are on their way
  }

  /** From now on, the next worker answers everything: nothing is recorded or answered here. */
  leave(): void {
    this.#phase = 'left';
  }

  /** Never settles once the worker is leaving: the queue sends the command to the next worker, which answers it. */
  async answer(command: Command): Promise<CommandResult> {
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
    const known = this.parts.answers.lookUp(command.id);
    if (typeof known === 'object' && 'ok' in known) return replay(known);
    if (this.#phase !== 'open') return never;
    const promise = this.#carryOutOnce(command, known).finally(() => {
      this.#inHand.delete(command.id);
      this.#spoken.delete(promise);
    });
    this.#inHand.set(command.id, promise);
    if (isSpoken(command.name) || command.name === 'list') this.#spoken.add(promise);
    return promise;
  }

  async #carryOutOnce(command: Command, known: Unanswered | 'new'): Promise<CommandResult> {
    const expiresAt = this.parts.clock.now() + command.deadlineMs;
    try {
      if (known === 'new') this.#accept(command);
      const turn = this.#turnOf(command);
      if (turn) await turn;
      const result = await (known === 'new'
        ? this.#runner.run(command, expiresAt)
        : this.#runner.goOn(command, known, expiresAt));
      this.#record(command.id, { ok: true, result });
      return result;
    } catch (error) {
      this.#record(command.id, { ok: false, error: toErrorAnswer(error) });
      throw error;
    }
  }

  /**
   * A stop or restart waits for everything that was said before it. Later commands wait behind it: nothing overtakes a
   * stop, except an order to kill: a game that hangs has nothing to hear any more.
   */
  #turnOf({ name, data }: Command): Promise<void> | undefined {
    if (name === 'stop' && data.kill) return undefined;
    if (name !== 'stop' && name !== 'restart') return this.#turn;
    const turn = (this.#turn ?? Promise.resolve())
      .then(() => this.#runner.saidSoFar())
      .finally(() => {
        if (this.#turn === turn) this.#turn = undefined;
      });
    this.#turn = turn;
    return turn;
  }

  #accept({ id, name }: Command): void {
    try {
      this.parts.answers.accept(id);
    } catch (error) {
      if (needRecord.has(name)) throw error;
    }
  }

  #record(id: string, answer: Answer): void {
    if (this.#phase === 'left') return;
    try {
      this.parts.answers.answer(id, answer);
    } catch (error) {
      this.parts.log.error({ event: 'answer.unrecorded', id, error: String(error) });
    }
  }
}

const never = new Promise<never>(() => undefined);

async function replay(answer: Answer): Promise<CommandResult> {
  if (answer.ok) return answer.result;
  throw fromErrorAnswer(answer.error);
}
