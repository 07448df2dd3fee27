import { routeOf, type Route } from './address.js';
import { Store } from './api/store.js';

export * from './address.js';

export const route = new Store<Route>(routeOf(globalThis.location?.hash ?? ''));

/** Follows the address from now on. */
export const followRoute = (): void =>
  addEventListener('hashchange', () => route.set(routeOf(location.hash)));
