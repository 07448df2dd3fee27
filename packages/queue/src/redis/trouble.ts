import { messageOf, PinkyError } from '@pinky/protocol';
import { tlsRemedy } from '../refusal/tls-refusal.js';
import { WrongTypeError } from '../refusal/wrong-type.js';

/** A cause that keeps commands or events from Redis, in words for people. */
export interface RedisTrouble {
  readonly kind: TroubleKind;
  readonly because: string;
  /** The remedy. */
  readonly remedy: string;
  /** The key that is wrong, where it is one. */
  readonly key?: string;
}

/**
 * Every kind of trouble, and what to do about it. `words` begin the replies of Redis that mean it (redis.io, "Errors").
 * Where a kind `moves`, the connection may lead to another server than it should: only a new one can go better.
 */
const kinds = {
  forbidden: {
    words: ['NOPERM'],
    moves: false,
    remedy:
      'give the user of Redis that Pinky has the commands and keys that docs/redis.md lists under Permissions ' +
      '(ACL SETUSER)',
  },
  // A locked Sentinel answers as a locked Redis does: neither says its kind to strangers.
  password: {
    words: ['NOAUTH', 'WRONGPASS'],
    moves: true,
    remedy:
      'correct user and password in `redis:`; where redis:// leads to a Sentinel (mostly port 26379), use ' +
      'redis+sentinel://host:port/name with `sentinel_password` (docs/redis.md)',
  },
  replica: {
    words: ['READONLY'],
    moves: true,
    remedy: 'let `redis:` name the master, or the Sentinels that know it (docs/redis.md)',
  },
  unsettled: {
    words: ['UNBLOCKED', 'MASTERDOWN', 'LOADING', 'CLUSTERDOWN'],
    moves: true,
    remedy: 'wait: Redis is loading its data or changing its role; the box goes on by itself',
  },
  full: {
    words: ['OOM'],
    moves: false,
    remedy: 'raise `maxmemory` of Redis, or remove what other programs keep there',
  },
  unsaved: { words: ['MISCONF'], moves: false, remedy: 'free space on the disk with the data of Redis' },
  alone: {
    words: ['NOREPLICAS'],
    moves: false,
    remedy: 'start the replicas of Redis again, or lower its `min-replicas-to-write`',
  },
  busy: { words: ['BUSY', 'TRYAGAIN'], moves: false, remedy: 'end the script that blocks Redis (SCRIPT KILL)' },
  cluster: {
    words: ['MOVED', 'ASK', 'CROSSSLOT'],
    moves: false,
    remedy: 'use a Redis without cluster mode (`cluster-enabled no`), alone or behind Sentinels',
  },
  divided: {
    words: [],
    moves: true,
    remedy: 'ask each Sentinel for its master (`pinky doctor`), and correct or leave out the one that is wrong',
  },
  sentinel_password: {
    words: [],
    moves: true,
    remedy:
      'set `sentinel_password` (and `sentinel_username`, where they have users) in `redis:` to what they ask for; ' +
      'where the address is that of a Redis (mostly port 6379), name the Sentinels',
  },
  sentinel_forbidden: {
    words: [],
    moves: true,
    remedy: 'give the user of `sentinel_username` what docs/redis.md lists under Permissions, on each Sentinel',
  },
  no_sentinel: {
    words: [],
    moves: true,
    remedy:
      'let `sentinels:` name Sentinels (their port is 26379, unless somebody chose another one); a Redis without ' +
      'Sentinels is redis://host:port',
  },
  sentinel: {
    words: [],
    moves: true,
    remedy: 'use redis+sentinel://host:port/name, with the name that the Sentinels have for the master (docs/redis.md)',
  },
  database: {
    words: [],
    moves: true,
    remedy: 'name a database that this Redis has in `redis:`, or raise its `databases`',
  },
  // The error itself knows the remedy of these two.
  wrong_type: { words: [], moves: false, remedy: 'remove the key, or rename it' },
  certificate: { words: [], moves: true, remedy: 'compare `redis_tls` with the certificates of that Redis' },
  away: { words: [], moves: true, remedy: 'check that Redis runs, and its address in `redis:`' },
} as const satisfies Readonly<Record<string, { words: readonly string[]; moves: boolean; remedy: string }>>;

export type TroubleKind = keyof typeof kinds;

/** Before Redis 7 the refusal of a call inside a script stands in a sentence about the script. */
const inScript = /^ERR Error running script.*?-(?=[A-Z]+ )/s;
const forbiddenInScript = /The user executing the script can't/;

/** The kind of a reply that refuses every such call for now; undefined for an error of the call itself. */
export function refusalOf(error: unknown): TroubleKind | undefined {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return undefined;
  if (error instanceof WrongTypeError) return 'wrong_type';
  if (isOfSelect(error)) return 'database';
  if (forbiddenInScript.test(error.message)) return 'forbidden';
  const [word = ''] = error.message.replace(inScript, '').split(' ', 1);
  // Object.entries forgets that the keys are those of `kinds`.
  return Object.entries(kinds).find(([, { words }]) => words.some((each) => each === word))?.[0] as
    TroubleKind | undefined;
}

/** The troubles that may be over in a moment: there is no master, or it is about to serve. */
const passing: ReadonlySet<TroubleKind> = new Set(['away', 'unsettled', 'divided']);
export const mayPass = (kind: TroubleKind): boolean => passing.has(kind);

/** Whether Redis is there, and refuses. */
export const isRefused = ({ kind }: RedisTrouble): boolean => !mayPass(kind) && kind !== 'certificate';

/** Whether only a new connection can go better after this reply. */
export function needsNewConnection(error: unknown): boolean {
  const kind = refusalOf(error);
  return kind !== undefined && kinds[kind].moves;
}

/** `away` where nothing better is known. */
export function troubleOf(error: unknown, because = messageOf(error)): RedisTrouble {
  if (error instanceof WrongTypeError) return { kind: 'wrong_type', because, remedy: error.remedy, key: error.key };
  const kind = refusalOf(error) ?? kindOfOurs(error) ?? (tlsRemedy(error) === undefined ? 'away' : 'certificate');
  return { kind, because, remedy: remedyOf(kind, error instanceof PinkyError ? (error.cause ?? error) : error) };
}

/** The remedy for a kind of trouble. One of TLS depends on its cause. */
export const remedyOf = (kind: TroubleKind, cause: unknown): string =>
  (kind === 'certificate' ? tlsRemedy(cause) : undefined) ?? kinds[kind].remedy;

/** A server that answers, but cannot serve a box. `up` refuses it where the kind is one that stays. */
export function unusable(kind: TroubleKind, sentence: string, cause?: unknown): PinkyError {
  const code = kind === 'cluster' ? 'redis_unsuitable' : 'redis_unavailable';
  return new PinkyError(code, sentence, { cause, details: { trouble: kind, remedy: kinds[kind].remedy } });
}

/** The level for a failure: what Redis refuses is said once for all calls, by `RedisTroubles`. */
export const levelOf = <L extends string>(error: unknown, level: L): L | 'debug' =>
  refusalOf(error) === undefined ? level : 'debug';

const kindOfOurs = (error: unknown): TroubleKind | undefined => {
  if (error instanceof PinkyError && error.message.startsWith('redis_tls')) return 'certificate'; // one of its files
  const kind = error instanceof PinkyError ? error.details?.['trouble'] : undefined;
  return typeof kind === 'string' && kind in kinds ? kind as TroubleKind : undefined; // checked just before
};

/** ioredis says which command a reply belongs to. */
const isOfSelect = (error: Error): boolean =>
  'command' in error &&
  typeof error.command === 'object' &&
  error.command !== null &&
  'name' in error.command &&
  error.command.name === 'select';
