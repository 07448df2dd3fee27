import { isSame, type Place, type Said } from './sentinel-client.js';

export const isPlace = (said: Said | undefined): said is Place => typeof said === 'object';

/** How many of the Sentinels name this server. */
export const votesFor = (place: Place, said: readonly (Said | undefined)[]): number =>
  said.filter((other) => isPlace(other) && isSame(other, place)).length;

/** The server that more than half of so many Sentinels name. */
export const majorityOf = (said: readonly (Said | undefined)[], voters: number): Place | undefined =>
  said.filter(isPlace).find((place) => votesFor(place, said) > voters / 2);
