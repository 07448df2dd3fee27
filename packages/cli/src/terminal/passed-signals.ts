import type { ChildProcess } from 'node:child_process';
import type { Context } from '../command-line/context.js';

/** The notes on signals that begin the supervisor's end. It hears them from its first moment. */
const endings = {
  SIGINT: 'detaching: games keep running, the next `pinky up` takes them over (`pinky down` stops them)',
  SIGTERM: 'stopping: every game is stopped and backed up; `pinky ps --watch` in another terminal shows the progress',
  SIGQUIT: 'stopping at once',
} as const;

/** Signals by which it goes on. Node would end at each of them, but for the last. */
const others = {
  SIGUSR1: 'restarting gracefully: fresh processes take over, and no game stops',
  SIGUSR2: 'reloading',
  SIGHUP: 'restarting: fresh processes take over at once, and no game stops',
  SIGCONT: 'writing dumps',
} as const;

/**
 * The signals of a `pinky up` that stays in the foreground. They are meant for the supervisor, and none of them ends
 * this process: where it is the first one of a container, or right below it, every game would end with it.
 */
export class PassedSignals {
  /** Resolves when the terminal has been closed. That ends the show, and the supervisor lives on. */
  readonly hungUp: Promise<undefined>;
  #hangUp: () => void = () => undefined;
  #supervisor: ChildProcess | undefined;
  #isOver = false;
  /** Signals that came before the supervisor could hear them. */
  #waiting: (keyof typeof others)[] | undefined = [];

  /** Catches those that would end this process while it prepares the start. */
  constructor(private readonly context: Context, private readonly isBelowFirst = isFirstOrBelow()) {
    this.hungUp = new Promise((resolve) => { this.#hangUp = () => resolve(undefined); });
    // Object.keys forgets the keys' type.
    const names = Object.keys(others) as (keyof typeof others)[];
    for (const name of names) context.signals.on(name, () => this.#other(name));
  }

  /** From now on the end of this supervisor can be asked for. */
  follow(supervisor: ChildProcess): void {
    this.#supervisor = supervisor;
    for (const [name, note] of Object.entries(endings)) {
      // Object.entries forgets the keys' type.
      this.context.signals.on(name, () => this.#pass(name as keyof typeof endings, note));
    }
  }

  /** The supervisor answers, so it hears every signal. */
  supervisorListens(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const name of waiting) this.#other(name);
  }

  /** The supervisor is gone. A signal that comes now changes nothing. */
  end(): void {
    this.#isOver = true;
  }

  #other(name: keyof typeof others): void {
    if (!this.#isForSupervisor(name)) return name === 'SIGHUP' ? this.#hangUp() : undefined;
    if (this.#waiting) this.#waiting.push(name);
    else this.#pass(name, others[name]);
  }

  /** A terminal sends HUP when it is closed, and its shell sends CONT after each stop. */
  #isForSupervisor(name: keyof typeof others): boolean {
    const { out } = this.context;
    const hasTerminal = out.isTerminal || out.streams.stdin.isTTY === true;
    return this.isBelowFirst || !hasTerminal || name === 'SIGUSR1' || name === 'SIGUSR2';
  }

  #pass(name: NodeJS.Signals, note: string): void {
    if (this.#isOver) return;
    this.context.out.note(note);
    this.#supervisor?.kill(name);
  }
}

/** The end of such a process ends the container, whatever runs there. */
const isFirstOrBelow = (): boolean => process.pid === 1 || process.ppid === 1;
