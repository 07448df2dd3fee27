import type { RedisAddress } from '../redis/address.js';
import { saidBy, type Said } from '../sentinel/sentinel-client.js';
import { isPlace, majorityOf } from '../sentinel/votes.js';
import type { RedisCheck } from './redis-check.js';

/** A warning for each Sentinel that does not answer, or that names another master than most of those that do. */
export async function checkSentinels(address: RedisAddress): Promise<RedisCheck[]> {
  const { sentinels = [], name = '' } = address;
  const said = await Promise.all(sentinels.map((_, nth) => saidBy(address, nth)));
  const named = said.map(wordOf);
  const most = wordOf(majorityOf(said, said.filter(isPlace).length));
  return sentinels.flatMap(({ host, port }, nth) => {
    const odd = (found: string, fix: string): RedisCheck[] =>
      [{ name: 'redis sentinel', level: 'odd', found: `the Sentinel ${host}:${port} ${found}`, fix }];
    if (said[nth] === 'away') return odd('does not answer', 'start it, or correct `sentinels:` and its password');
    if (said[nth] === 'unknown') {
      return odd(`knows no master by the name ${name}`, 'correct `name:`, or what it monitors');
    }
    if (named[nth] === most) return [];
    const others = most === undefined ? 'and the others do not agree' : `and most name ${most}`;
    return odd(`names ${named[nth]} as the master, ${others}`, 'have it monitor the same master, or leave it out');
  });
}

const wordOf = (said: Said | undefined): string | undefined =>
  isPlace(said) ? `${said.host}:${said.port}` : undefined;
