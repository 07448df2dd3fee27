import type { FunpackManifest } from '@pinky/protocol';
import { runDialogue, type DialoguePartner } from '../stop/dialogue.js';
import { Polling, type PollingOptions } from './poll.js';

/** How long a game may tell what it does, if its funpack waits for no line, milliseconds. A JVM needs less. */
const tellMs = 2_000;

export interface DialoguesOptions extends Omit<PollingOptions, 'poll'> {
  readonly manifest: () => Pick<FunpackManifest, 'afterStarted' | 'backup' | 'hang' | 'poll'>;
  /** Keeps what the game says from now on. */
  readonly gather: () => () => readonly string[];
  /** The game, while it lives. */
  readonly partner: () => DialoguePartner | undefined;
}

/** The words that a funpack wants said to its game, besides those of orders and of a stop. */
export class Dialogues {
  readonly #greeting = new AbortController();
  #hasGreeted = false;
  readonly #polling: Polling;
  #stacks: () => readonly string[] = () => [];

  constructor(private readonly options: DialoguesOptions) {
    this.#polling = new Polling({ ...options, poll: () => options.manifest().poll });
  }

  /** Says what the funpack wants said before a backup. */
  async beforeBackup(signal: AbortSignal): Promise<void> {
    const partner = this.options.partner();
    if (partner) await runDialogue(this.options.manifest().backup?.before ?? [], partner, signal);
  }

  /** Whether its funpack wants something said after a backup. */
  get wantsToHearAfterBackup(): boolean {
    return (this.options.manifest().backup?.after ?? []).length > 0;
  }

  /** Says that. `isHurried`: without waiting for an answer. */
  async afterBackup(isHurried: boolean): Promise<void> {
    const partner = this.options.partner();
    const steps = this.options.manifest().backup?.after ?? [];
    const said = isHurried ? steps.filter((step) => !('waitFor' in step)) : steps;
    if (partner) await runDialogue(said, partner, new AbortController().signal);
  }

  /**
   * Says what the funpack wants said once the game has started. Answers whether it was said to the end: a stop cuts it
   * short, and a worker that leaves. Does nothing the second time.
   */
  async greet(): Promise<boolean> {
    const { signal } = this.#greeting;
    const partner = this.options.partner();
    if (!partner || this.#hasGreeted) return false;
    this.#hasGreeted = true;
    await runDialogue(this.options.manifest().afterStarted ?? [], partner, signal);
    return !signal.aborted;
  }

  /** Asks a game that hangs what it does, as its funpack says, and leaves it time to tell. */
  async askForStacks(signal: AbortSignal): Promise<void> {
    const partner = this.options.partner();
    const steps = this.options.manifest().hang?.stacks ?? [];
    const last = steps.at(-1);
    if (!partner || !last) return;
    this.#stacks = this.options.gather();
    await runDialogue(steps, partner, signal);
    if (!('waitFor' in last)) await this.options.clock.rest(tellMs, signal);
  }

  /** The lines that the game has said since it was asked that. */
  get stacks(): readonly string[] {
    return this.#stacks();
  }

  /** Asks for the players from now on, if the funpack says how. */
  poll(): void {
    this.#polling.begin();
  }

  /** Cuts short what is said to a game that is up. */
  end(): void {
    this.#polling.end();
    this.#greeting.abort();
  }
}
