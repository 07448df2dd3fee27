import type { Clock, Poll } from '@pinky/protocol';
import type { Reply } from '../channel/channel.js';
import type { GameTalk } from './game-talk.js';
import type { RunLog } from './run-log.js';

/** The run whose game is asked. */
export interface AskedRun {
  say(lines: readonly string[]): Promise<Reply>;
  readonly talk: Pick<GameTalk, 'expanded' | 'takeList'>;
  readonly runLog: Pick<RunLog, 'note'>;
}

export interface PollingOptions {
  readonly clock: Clock;
  readonly poll: () => Poll | undefined;
  /** Says the question to the game, and takes what it replies. May reject. */
  readonly ask: (line: string) => Promise<void>;
}

/** Says a line that asks for the players. The reply is on the console, or comes on the way of `orders`. */
export async function askForPlayers(run: AskedRun, line: string): Promise<void> {
  const reply = await run.say([run.talk.expanded(line)]);
  for (const { type, ...fields } of run.talk.takeList(reply)) run.runLog.note(type, fields);
}

/** Asks a game that is up for its players, again and again, where its console does not tell who comes and goes. */
export class Polling {
  readonly #abort = new AbortController();
  #isPolling = false;

  constructor(private readonly options: PollingOptions) {}

  /** Does nothing the second time, and for a game that is not to be polled. */
  begin(): void {
    const poll = this.options.poll();
    if (poll === undefined || this.#isPolling) return;
    this.#isPolling = true;
    void this.#poll(poll);
  }

  end(): void {
    this.#abort.abort();
  }

  async #poll({ every, send }: Poll): Promise<void> {
    const { clock, ask } = this.options;
    const { signal } = this.#abort;
    while (!signal.aborted) {
      // A game that does not read now is asked again: the watch for silence sees to one that hangs.
      for (const line of [send].flat()) await ask(line).catch(() => undefined);
      if (!(await clock.rest(every, signal))) return;
    }
  }
}
