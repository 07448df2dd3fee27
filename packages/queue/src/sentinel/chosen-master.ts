import type { RedisAddress } from '../redis/address.js';
import { unusable } from '../redis/trouble.js';
import { isReplica, isSame, saidBy, type Place, type Said } from './sentinel-client.js';
import { gravestOf, type Silence } from './silence.js';
import { isPlace, majorityOf, votersIn, votes, votesFor } from './votes.js';

/**
 * The server that most of the Sentinels that answer name: one that lies, or was cut off from the others, may name
 * another Redis, and nothing may be written there. Where two servers have as many votes, one that says itself that it
 * is a replica is out. All are asked at once, so one that is dead costs nothing once the others agree. Throws
 * `redis_unavailable` where none answers, or where they do not agree.
 */
export async function chosenMaster(address: RedisAddress): Promise<Place> {
  const said = await answers(address);
  const places = votes(said);
  if (places.length === 0) throw nobodyKnows(said, address);
  const chosen = majorityOf(said, places.length);
  if (chosen) return chosen;
  const most = Math.max(...places.map((place) => votesFor(place, said)));
  const best = places.filter((place, at) =>
    votesFor(place, said) === most && places.findIndex((other) => isSame(other, place)) === at);
  const areReplicas = await Promise.all(best.map((place) => isReplica(address, place)));
  const [left, ...more] = best.filter((_, at) => !areReplicas[at]);
  if (left && more.length === 0) return left;
  throw unusable('divided', `the Sentinels do not agree which server is the master: ${spoken(said, address)}`);
}

/** The answer of each Sentinel. Undefined for those that were not waited for, because most named one server already. */
function answers(address: RedisAddress): Promise<(Said | undefined)[]> {
  const { sentinels = [] } = address;
  const said: (Said | undefined)[] = sentinels.map(() => undefined);
  return new Promise((resolve) => {
    for (const nth of sentinels.keys()) {
      void saidBy(address, nth).then((one) => {
        said[nth] = one;
        if (majorityOf(said, votersIn(said)) || !said.includes(undefined)) resolve([...said]);
      });
    }
  });
}

function nobodyKnows(said: readonly (Said | undefined)[], address: RedisAddress): Error {
  const gravest = gravestOf(said.filter(isSilence));
  if (gravest) {
    const sentence = `no Sentinel says which server is the master: ${spoken(said, address)}`;
    return unusable(gravest.kind, sentence, gravest.cause);
  }
  const isNameUnknown = said.includes('unknown');
  return unusable('away', isNameUnknown
    ? `no Sentinel knows a master by the name ${address.name}`
    : `no Sentinel answers: ${spoken(said, address)}`);
}

/** Such as `a:26379 names b:6379, c:26379 does not answer`. */
const spoken = (said: readonly (Said | undefined)[], { sentinels = [] }: RedisAddress): string =>
  sentinels.map(({ host, port }, nth) => `${host}:${port} ${wordsOf(said[nth])}`).join(', ');

function wordsOf(said: Said | undefined): string {
  if (isPlace(said)) return `names ${said.host}:${said.port}`;
  if (said === 'unknown') return 'knows none';
  return said?.words ?? 'does not answer';
}

const isSilence = (said: Said | undefined): said is Silence => typeof said === 'object' && 'words' in said;
