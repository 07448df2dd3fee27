import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { PinkyError, type BoxConfig } from '@pinky/protocol';
import type { GameUser, UserRange } from './game-user.js';

/** The users that no game may be: those to whom the box's files belong, and those that servers are given. */
export interface OwnUsers {
  readonly uids: readonly number[];
  readonly range: UserRange;
}

/** A game with the uid of a file of the box's could change that file. */
export function ownUsers({ home, servers, backups, isolation }: BoxConfig): OwnUsers {
  const owners = [home, servers, backups].flatMap((dir) => statSync(dir, { throwIfNoEntry: false })?.uid ?? []);
  return { uids: [process.getuid?.() ?? 0, ...owners], range: isolation?.users ?? { first: 0, count: 0 } };
}

const isName = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;

/**
 * A user of this machine, by its name. `namedBy` begins the sentence of an error. Throws `bad_option` if it is unknown,
 * root, one of Pinky's own or one that servers are given.
 */
export function namedUser(name: string, own: OwnUsers, namedBy: string): GameUser {
  const refuse = (because: string): never => {
    throw new PinkyError('bad_option', `${namedBy} names the user ${JSON.stringify(name)}, ${because}`);
  };
  const found = findUser(name);
  if (!found) return refuse('whom this machine does not know; `useradd --system <name>` makes one');
  const { uid, gid } = found;
  if (uid === 0 || gid === 0) return refuse('who is root; a game may not be');
  if (own.uids.includes(uid)) return refuse(`to whom Pinky's own files belong (uid ${uid}); name another one`);
  const { first, count } = own.range;
  if (uid >= first && uid < first + count) {
    return refuse(`whose uid ${uid} is among those that servers are given (\`users.first\`, \`users.count\`)`);
  }
  return found;
}

/** The user that a funpack names. Throws `bad_option` if the operator has not allowed that one. */
export function userOfFunpack(config: BoxConfig, funpack: string, name: string): GameUser {
  const namedBy = `the funpack ${funpack}`;
  if (config.isolation?.users.allowed?.includes(name)) return namedUser(name, ownUsers(config), namedBy);
  throw new PinkyError(
    'bad_option',
    `${namedBy} names the user ${JSON.stringify(name)}, whom \`users.allowed\` in pinky.yml does not list`,
  );
}

/** A user of this machine. getent(1) knows all users of the machine, also those of a directory service. */
export function findUser(name: string): GameUser | undefined {
  if (!isName.test(name)) return undefined;
  const { stdout } = spawnSync('getent', ['passwd', name], { encoding: 'utf8', timeout: 10_000 });
  const [known = '', , uid = '', gid = ''] = (stdout ?? '').split('\n')[0]?.split(':') ?? [];
  return /^\d+$/.test(uid) && /^\d+$/.test(gid) ? { uid: Number(uid), gid: Number(gid), name: known } : undefined;
}
