import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { PinkyError, systemClock, titlePadding, type Clock } from '@pinky/protocol';
import { funpackPath } from '../launch/environment.js';
import type { QueryAnswer, QueryAnswered, QueryQuestion } from './question.js';

/** Beyond the time of the game: what the program needs to begin, milliseconds. A starved machine is slow with it. */
const startMs = 15_000;

/** Resolved at run time, not by the bundler: the program and its library stay outside of the worker. */
const queryProgram = (): string => createRequire(__filename).resolve('@pinky/funpack-runner/query');

export interface AskGameOptions {
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

/**
 * Asks a game by its own protocol, in a process that lives for this one question. Throws `order_failed` with the reason
 * where the game does not answer, and `cancelled` once the signal has aborted.
 */
export async function askGame(
  question: QueryQuestion,
  { signal, clock = systemClock }: AskGameOptions,
): Promise<QueryAnswered> {
  if (signal.aborted) throw new PinkyError('cancelled', 'the query was cancelled');
  const child = fork(queryProgram(), [titlePadding], {
    env: { PATH: funpackPath() },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const over = new AbortController();
  const answer = new Promise<QueryAnswer>((resolve) => {
    child.once('message', (said) => resolve(said as QueryAnswer)); // our own program
    child.once('error', ({ message }) => resolve({ failure: `the program of the query: ${message}` }));
    child.once('exit', () => resolve({ failure: 'the program of the query ended without an answer' }));
    signal.addEventListener('abort', () => resolve({ failure: 'cancelled' }), { once: true, signal: over.signal });
    void clock.rest(question.timeoutMs + startMs, over.signal)
      .then((isLate) => isLate && resolve({ failure: 'the query took too long' }));
  });
  child.send(question, () => undefined);
  const said = await answer;
  over.abort();
  child.kill('SIGKILL'); // it has answered, or is of no use
  if (signal.aborted) throw new PinkyError('cancelled', 'the query was cancelled');
  if ('failure' in said) throw new PinkyError('order_failed', said.failure);
  return said;
}
