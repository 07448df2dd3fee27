import { createRequire } from 'node:module';
import { suggest, type FunpackManifest } from '@pinky/protocol';
import { manifestFile, warning, type FunpackFinding } from '../funpack/finding.js';

/** The games and protocols that gamedig knows, by their names. It has no types of its own. */
interface Known {
  readonly games: Readonly<Record<string, unknown>>;
  readonly protocols: Readonly<Record<string, unknown>>;
}

/** A type that gamedig does not know makes no query, ever. It is loaded here, where nobody waits for a game. */
export function checkQuery({ query }: Pick<FunpackManifest, 'query'>): FunpackFinding[] {
  if (!query) return [];
  const { games, protocols } = createRequire(__filename)('gamedig') as Known; // 5.x
  const known = [...Object.keys(games), ...Object.keys(protocols).map((name) => `protocol-${name}`)];
  if (known.includes(query.type)) return [];
  const isProtocol = Object.hasOwn(protocols, query.type);
  const near = isProtocol ? `protocol-${query.type}` : suggest(query.type, known);
  const hint = near === undefined ? 'gamedig\'s GAMES_LIST.md has them all' : `did you mean ${near}?`;
  return [warning(manifestFile, `query.type: gamedig knows no game ${JSON.stringify(query.type)}; ${hint}`)];
}
