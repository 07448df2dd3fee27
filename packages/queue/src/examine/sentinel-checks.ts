import type { RedisAddress } from '../redis/address.js';
import { remedyOf } from '../redis/trouble.js';
import type { Silence } from '../sentinel/silence.js';
import { saidBy, type Said } from '../sentinel/sentinel-client.js';
import { isPlace, majorityOf, votes } from '../sentinel/votes.js';
import type { RedisCheck } from './redis-check.js';

/**
 * A warning for each Sentinel that does not answer, that is listed a second time, or that names another master than
 * most of those that answer.
 */
export async function checkSentinels(address: RedisAddress): Promise<RedisCheck[]> {
  const { sentinels = [], name = '' } = address;
  const said = await Promise.all(sentinels.map((_, nth) => saidBy(address, nth)));
  const named = said.map(wordOf);
  const most = wordOf(majorityOf(said, votes(said).length));
  return sentinels.flatMap(({ host, port }, nth) => {
    const odd = (found: string, fix: string): RedisCheck[] =>
      [{ name: 'redis sentinel', level: 'odd', found: `the Sentinel ${host}:${port} ${found}`, fix }];
    const one = said[nth];
    if (one === undefined || one === 'unknown') {
      return odd(`knows no master by the name ${name}`, 'correct `name:`, or what it monitors');
    }
    if (!isPlace(one)) return odd(one.words, fixOf(one));
    const twin = sentinels[said.findIndex((other) => isPlace(other) && other.voter === one.voter)];
    if (twin !== sentinels[nth]) {
      return odd(`is the same as ${twin?.host}:${twin?.port}, and has one vote with it`, 'list it once');
    }
    if (named[nth] === most) return [];
    const others = most === undefined ? 'and the others do not agree' : `and most name ${most}`;
    return odd(`names ${named[nth]} as the master, ${others}`, 'have it monitor the same master, or leave it out');
  });
}

const fixOf = ({ kind, cause }: Silence): string =>
  kind === 'away' ? 'start it, or correct `sentinels:`' : remedyOf(kind, cause);

const wordOf = (said: Said | undefined): string | undefined =>
  isPlace(said) ? `${said.host}:${said.port}` : undefined;
