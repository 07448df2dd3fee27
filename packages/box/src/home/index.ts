/** The parts of a home that a command needs. They load neither schemas nor YAML. */
export * from './default-home.js';
export { isCopiedHome } from './home-place.js';
export { foldersForSockets, moveAway } from './socket-places.js';
export * from './version.js';
export * from './write-effective-config.js';
