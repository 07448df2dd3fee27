import type { Escape } from '@pinky/protocol';
import type { PlayerEntry } from '../dialect/players.js';
import { badText } from './order.js';

/**
 * Names that games take for something else than a name: a number of a player (Quake III, Source), a selector
 * (Minecraft), or everybody (Quake III, mods of Source). Quotes do not help, as these games take them off first.
 */
const lookalikes: readonly (readonly [RegExp, string])[] = [
  [/^[-+]?\d+$/, 'looks like the number of a player'],
  [/^[@#]/, 'looks like a selector'],
  [/^(?:\*|all|allbots|everyone|everybody)$/i, 'may mean everybody'],
];

/** A name in a line for the game. */
export interface NameUse {
  readonly user: string;
  /** The template's place in the funpack, for errors. */
  readonly at: string;
  readonly isQuoted: boolean;
  readonly escape: Escape | undefined;
}

/**
 * Refuses a name that the game would read as something else. A name is never changed: another player may have the name
 * that comes of it. Throws `bad_text`.
 */
export function assertName({ user, at, isQuoted, escape }: NameUse): void {
  if (escape?.names !== undefined) {
    if (new RegExp(`^(?:${escape.names})$`, 'u').test(user)) return;
    throw badText(`${at}: the game has no way to be told the name ${JSON.stringify(user)} (escape.names)`);
  }
  const [, because] = lookalikes.find(([pattern]) => pattern.test(user)) ?? [];
  const fault = because ?? (!isQuoted && /\s/.test(user) ? 'holds a space, and stands outside of quotes' : undefined);
  if (fault === undefined) return;
  throw badText(`${at}: the name ${JSON.stringify(user)} ${fault}, so the game may take another player`);
}

/** Refuses words that begin with the name of another player: for `al`, the reason `ice …` makes `al ice`. */
export function assertUnlikeOthers(user: string, words: string, players: readonly PlayerEntry[], at: string): void {
  const said = `${user} ${words} `;
  const other = players.find(({ name }) => name !== user && name.startsWith(`${user} `) && said.startsWith(`${name} `));
  if (other) throw badText(`${at}: the game may read the words as the name ${JSON.stringify(other.name)}`);
}
