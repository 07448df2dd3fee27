import type { QueryAnswered, QueryQuestion } from '@pinky/funpack-runner/light';
import { toErrorAnswer, type Clock, type Query, type QuerySign } from '@pinky/protocol';
import type { GameServer } from '../life/game-server.js';
import type { GameRun } from '../run/game-run.js';

/** Between two questions if the funpack does not say, and how long a game may take to answer, milliseconds. */
const usualEveryMs = 60_000;
const mostMs = 5_000;
/** So many questions in a row without an answer are told. One alone may be lost. */
const missesTold = 3;

/** The last answer of a game to a question by its own protocol, and since when it has not answered. */
export interface QueryFacts {
  /** Unix milliseconds. */
  readonly answeredAt?: number;
  readonly answer?: Omit<QueryAnswered, 'players'>;
  /** How many questions in a row have had no answer since, and why the last one had none. */
  readonly misses?: number;
  readonly because?: string;
}

export interface GameQueryParts {
  readonly clock: Clock;
  readonly server: Pick<GameServer, 'warn' | 'funpack' | 'record'>;
  readonly ask: (question: QueryQuestion, signal: AbortSignal) => Promise<QueryAnswered>;
}

/**
 * Asks a game that is up by its own protocol, again and again, if its funpack says how. Its answer may tell who plays.
 * A game that does not answer is told of, and nothing else happens to it: a query may be turned off or filtered.
 */
export class GameQuery {
  #abort = new AbortController();
  #facts: QueryFacts | undefined;
  #run = '';

  constructor(private readonly parts: GameQueryParts) {}

  /** Undefined for a game that is not asked. */
  get facts(): QueryFacts | undefined {
    return this.#facts;
  }

  /** One that has never answered may not be able to. */
  get sign(): QuerySign {
    if (!this.#facts || this.parts.server.record.now?.answeredQuery !== this.#run) return 'unknown';
    return (this.#facts.misses ?? 0) >= missesTold ? 'missed' : 'answers';
  }

  /** Watches the game of the run, which is up. */
  watch(run: GameRun): void {
    this.stop();
    const { query } = this.parts.server.funpack?.manifest ?? {};
    this.#run = run.id;
    if (query) void this.#watch(run, query, this.#abort.signal);
  }

  stop(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#facts = undefined;
    this.parts.server.warn(undefined, 'query');
  }

  async #watch(run: GameRun, query: Query, signal: AbortSignal): Promise<void> {
    const { every = usualEveryMs } = query;
    this.#facts = {};
    while (await this.parts.clock.rest(every, signal)) await this.#ask(run, query, signal);
  }

  async #ask(run: GameRun, query: Query, signal: AbortSignal): Promise<void> {
    const { clock, ask } = this.parts;
    const { type, port = '{port}', players = false, every = usualEveryMs } = query;
    const timeoutMs = Math.min(mostMs, every);
    try {
      const number = Number(run.talk.expanded(String(port)));
      const { players: names, ...answer } = await ask({ type, port: number, timeoutMs }, signal);
      if (signal.aborted) return;
      this.#facts = { answeredAt: Math.round(clock.wallNow()), answer };
      this.#hasAnswered(run);
      this.parts.server.warn(undefined, 'query');
      // Some protocols say how many play, and not who.
      if (players && (names.length > 0 || answer.count === 0)) run.takePlayers(names);
    } catch (error) {
      if (!signal.aborted) this.#missed(run, toErrorAnswer(error).message);
    }
  }

  /** The next worker is to know it, too. */
  #hasAnswered({ id }: GameRun): void {
    const { record } = this.parts.server;
    if (record.now && record.now.answeredQuery !== id) record.tryChange({ answeredQuery: id });
  }

  #missed(run: GameRun, because: string): void {
    const misses = (this.#facts?.misses ?? 0) + 1;
    this.#facts = { ...this.#facts, misses, because };
    if (misses < missesTold) return;
    const message = `the game has not answered ${misses} queries by its own protocol: ${because}`;
    run.warn({ kind: 'query_failed', message });
    this.parts.server.warn(message, 'query');
  }
}
