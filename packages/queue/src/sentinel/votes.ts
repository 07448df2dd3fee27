import { isSame, type Place, type Said } from './sentinel-client.js';

export const isPlace = (said: Said | undefined): said is Place => typeof said === 'object' && 'port' in said;

/** The answers, each Sentinel once: one that is listed twice has one vote. */
export const votes = (said: readonly (Said | undefined)[]): Place[] =>
  said.filter(isPlace).filter(({ voter }, at, all) =>
    voter === undefined || all.findIndex((other) => other.voter === voter) === at);

/** How many Sentinels there are, as far as their answers tell. One that names no place counts as one of its own. */
export const votersIn = (said: readonly (Said | undefined)[]): number =>
  votes(said).length + said.filter((one) => !isPlace(one)).length;

/** How many of the Sentinels name this server. */
export const votesFor = (place: Place, said: readonly (Said | undefined)[]): number =>
  votes(said).filter((other) => isSame(other, place)).length;

/** The server that more than half of so many Sentinels name. */
export const majorityOf = (said: readonly (Said | undefined)[], voters: number): Place | undefined =>
  votes(said).find((place) => votesFor(place, said) > voters / 2);
