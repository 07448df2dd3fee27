import { messageOf } from '@pinky/protocol';
import { tlsRemedy } from '../refusal/tls-refusal.js';

/** Why a Sentinel does not say which server is the master. */
export interface Silence {
  /** A kind of trouble (`RedisTroubles`). */
  readonly kind: 'sentinel_password' | 'sentinel_forbidden' | 'no_sentinel' | 'certificate' | 'away';
  /** Follows its name, as in `a:26379 does not answer`. */
  readonly words: string;
  readonly cause: unknown;
}

/** The meaning of the error that came instead of an answer. `hasPassword`: one is configured. */
export function silenceOf(cause: unknown, hasPassword: boolean): Silence {
  const said = messageOf(cause);
  const name = cause instanceof Error ? cause.name : '';
  if (name === 'ReplyError') {
    // before Redis 6 a wrong password is an ERR
    if (/^(?:NOAUTH|WRONGPASS)\b|invalid password/.test(said)) {
      const words = hasPassword ? 'refuses the password that it is sent' : 'asks for a password';
      return { kind: 'sentinel_password', words, cause };
    }
    if (said.startsWith('NOPERM')) {
      return { kind: 'sentinel_forbidden', words: 'does not let our user ask which server is the master', cause };
    }
    if (/unknown command/i.test(said)) return { kind: 'no_sentinel', words: 'is no Sentinel, but a Redis', cause };
  }
  if (name === 'ParserError') return { kind: 'no_sentinel', words: 'is no Sentinel: it speaks something else', cause };
  if (tlsRemedy(cause) !== undefined) return { kind: 'certificate', words: `cannot be reached: ${said}`, cause };
  return { kind: 'away', words: 'does not answer', cause };
}

const gravest = ['sentinel_password', 'sentinel_forbidden', 'no_sentinel', 'certificate'] as const;

/** The one that somebody has to see to first; undefined where all of them are only away. */
export const gravestOf = (silences: readonly Silence[]): Silence | undefined =>
  gravest.map((kind) => silences.find((each) => each.kind === kind)).find((found) => found !== undefined);
