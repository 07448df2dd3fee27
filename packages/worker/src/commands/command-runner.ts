import {
  assertNever, commandRules, fromErrorAnswer, PinkyError,
  type Clock, type Command, type CommandData, type CommandResult, type CommandRule,
  type StopData,
} from '@pinky/protocol';
import type { Backups } from '../backup/backups.js';
import type { CrashFlow } from '../life/crash-flow.js';
import type { StartFlow } from '../life/start-flow.js';
import type { StopFlow } from '../life/stop-flow.js';
import type { Unanswered } from '../record/recorded-answers.js';
import { assertSameRun } from './same-run.js';
import { isSpoken, SpokenCommands, type SpokenTo } from './spoken-commands.js';

/** The parts that carry commands out. */
export interface CommandRunnerParts {
  readonly server: SpokenTo;
  readonly starts: Pick<StartFlow, 'begin' | 'current'>;
  readonly stops: Pick<StopFlow, 'current' | 'discard' | 'restart' | 'stop'>;
  readonly crashes: Pick<CrashFlow, 'endPause'>;
  readonly backups: Pick<Backups, 'ofParked' | 'run'>;
  readonly clock: Clock;
}

/** Carries commands out, as the table in `@pinky/protocol` says for the server's state. */
export class CommandRunner {
  readonly #spoken: SpokenCommands;
  #isLeaving = false;

  constructor(private readonly parts: CommandRunnerParts) {
    this.#spoken = new SpokenCommands(parts);
  }

  /** From now on, begins nothing that has to wait for something else to end: the next worker will begin it. */
  close(): void {
    this.#isLeaving = true;
  }

  /** Resolves when the game has heard everything that is being said to it, or after a while. */
  saidSoFar(): Promise<void> {
    return this.#spoken.soFar();
  }

  /**
   * Goes on with a command that the worker before took up and died over. Nothing is done twice unless it is plain that
   * it was not done.
   */
  async goOn(command: Command, known: Unanswered, expiresAt: number): Promise<CommandResult> {
    this.#assertNotDone(command, known);
    return this.run(this.#whatIsLeft(command, known), expiresAt);
  }

  #assertNotDone({ name }: Command, { hasBegunRun }: Unanswered): void {
    const { serverId, state, failure } = this.parts.server;
    const isStopped = state.now === 'down' || state.now === 'stopping';
    const hasLaunched = hasBegunRun && (name === 'start' || name === 'restart');
    const isUnclear = isSpoken(name) || (hasLaunched && isStopped);
    if (isUnclear) {
      throw new PinkyError(
        'outcome_unknown',
        `server ${serverId}: the worker died while it carried out ${name}; nobody knows how far it got`,
      );
    }
    if (hasLaunched && failure) throw fromErrorAnswer(failure);
  }

  /** In the second half of a restart, only the start is left. */
  #whatIsLeft(command: Command, { hasBegunRun }: Unanswered): CommandData {
    const last = this.parts.server.record.now?.start;
    const start = command.name === 'restart' ? (command.data.start ?? last) : undefined;
    return command.name === 'restart' && hasBegunRun && start ? { name: 'start', data: start } : command;
  }

  /** `expiresAt` is on the monotonic clock. Never settles if it waited for something and the worker leaves. */
  async run(command: CommandData, expiresAt: number): Promise<CommandResult> {
    const { server, starts, stops, crashes } = this.parts;
    const rule: CommandRule = commandRules[command.name][server.state.now];
    if (typeof rule === 'object') throw this.#rejection(rule.reject, command);
    if (command.name === 'start' && hasRun.has(rule)) assertSameRun(server, command.data);
    switch (rule) {
      case 'go': return this.#go(command, expiresAt);
      case 'done': return server.result({ already: true });
      case 'join': return (command.name === 'start' ? starts.current : this.#stop(command)) ?? server.result();
      case 'cancelStart': return this.#stop(command);
      case 'atOnce': return crashes.endPause();
      case 'afterStart': return this.#after(starts.current, () => this.run(command, expiresAt));
      case 'afterStop': return this.#after(stops.current, () => this.run(command, expiresAt));
      case 'asStart': return this.#asStart(command, expiresAt);
      default: return assertNever(rule);
    }
  }

  async #go(command: CommandData, expiresAt: number): Promise<CommandResult> {
    const { server, starts, stops, backups } = this.parts;
    switch (command.name) {
      case 'start':
        return starts.begin(command.data);
      case 'stop':
        return this.#stop(command);
      case 'restart':
        return stops.restart(command.data.start);
      case 'rm':
        return stops.discard(command.data.discard === true);
      case 'backup': {
        const wish = command.data.force ? { isForced: true as const } : {};
        return server.result({ backup: await (server.record.now ? backups.run(wish) : backups.ofParked(wish)) });
      }
      case 'tell':
      case 'kick':
      case 'broadcast':
      case 'console':
        return this.#spoken.say(command, expiresAt, () => this.#assertStill(command));
      case 'list':
        return this.#spoken.say({ name: 'list' }, expiresAt, () => this.#assertStill(command));
      default:
        return assertNever(command);
    }
  }

  #stop(command: CommandData): Promise<CommandResult> {
    const { discard, kill }: Partial<StopData> = command.name === 'stop' ? command.data : {};
    return this.parts.stops.stop(kill ? 'kill' : 'graceful', discard === true);
  }

  /** Restarts a server that is not up: a start as it is defined, or else with the data of the last start. */
  async #asStart(command: CommandData, expiresAt: number): Promise<CommandResult> {
    const { server: { serverId, record }, stops } = this.parts;
    const start = (command.name === 'restart' ? command.data.start : undefined) ?? record.now?.start;
    if (!start) throw new PinkyError('not_running', `server ${serverId} is down, and nothing says what it ran`);
    return this.#after(stops.current, () => this.run({ name: 'start', data: start }, expiresAt));
  }

  /** A worker that leaves does not begin anything that waited for something else to end. */
  async #after(other: Promise<unknown> | undefined, then: () => Promise<CommandResult>): Promise<CommandResult> {
    await other?.catch(() => undefined);
    return this.#isLeaving ? never : then();
  }

  /** Another command or a crash may have come first. */
  #assertStill(command: CommandData): void {
    const rule = commandRules[command.name][this.parts.server.state.now];
    if (typeof rule === 'object') throw this.#rejection(rule.reject, command);
  }

  #rejection(code: PinkyError['code'], command: CommandData): PinkyError {
    const { serverId, state, failure } = this.parts.server;
    const because = failure ? `: ${failure.message}` : '';
    return new PinkyError(
      code,
      `server ${serverId}: ${command.name} is not possible while it is ${state.now}${because}`,
    );
  }
}

const never = new Promise<never>(() => undefined);

/** By these rules of `start`, the game goes on with what it was started with. */
const hasRun: ReadonlySet<CommandRule> = new Set<CommandRule>(['done', 'join', 'atOnce']);

