import { createRequire } from 'node:module';
import { messageOf } from '@pinky/protocol';
import type { QueryAnswer, QueryQuestion } from './question.js';

/** The part of gamedig that is used. It has no types of its own. */
interface GameDig {
  query(options: Readonly<Record<string, unknown>>): Promise<{
    readonly name?: unknown;
    readonly map?: unknown;
    readonly numplayers?: unknown;
    readonly maxplayers?: unknown;
    readonly ping?: unknown;
    readonly players?: readonly { readonly name?: unknown }[];
  }>;
}

/** The program that asks one game by its own protocol, and ends: gamedig takes memory, and keeps sockets. */
process.once('message', (question: QueryQuestion) => {
  void ask(question).then((answer) => process.send?.(answer, () => process.exit(0)));
});
process.once('disconnect', () => process.exit(0)); // its worker is gone

async function ask({ type, port, timeoutMs }: QueryQuestion): Promise<QueryAnswer> {
  const { GameDig } = createRequire(__filename)('gamedig') as { readonly GameDig: GameDig }; // 5.x
  const asked = { type, host: '127.0.0.1', port, givenPortOnly: true, maxRetries: 0 };
  try {
    const said = await GameDig.query({ ...asked, socketTimeout: timeoutMs, attemptTimeout: timeoutMs });
    return { players: namesOf(said.players), ...numbersOf(said), ...textsOf(said) };
  } catch (error) {
    return { failure: messageOf(error).split('\n')[0]?.slice(0, 300) ?? '' };
  }
}

/** A protocol that hides names answers with empty ones. */
const namesOf = (players: readonly { readonly name?: unknown }[] = []): readonly string[] =>
  players.flatMap(({ name }) => (typeof name === 'string' && name !== '' ? [name] : []));

function numbersOf({ numplayers, maxplayers, ping }: Awaited<ReturnType<GameDig['query']>>) {
  const [count, most] = [numplayers, maxplayers].map(wholeNumber);
  return {
    ...(count !== undefined && { count }),
    ...(most !== undefined && { most }),
    ...(Number.isFinite(ping) && { pingMs: Number(ping) }),
  };
}

/** Some protocols have numbers as text. */
const wholeNumber = (value: unknown): number | undefined =>
  (/^\d{1,9}$/.test(String(value)) ? Number(value) : undefined);

function textsOf({ name, map }: Awaited<ReturnType<GameDig['query']>>) {
  return {
    ...(typeof name === 'string' && name !== '' && { name: name.slice(0, 200) }),
    ...(typeof map === 'string' && map !== '' && { map: map.slice(0, 200) }),
  };
}
