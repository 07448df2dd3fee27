/** The parts of a home that a command needs. They load neither schemas nor YAML. */
export * from './default-home.js';
export { isCopiedHome, isNewFolder } from './copied-home.js';
export { assertServersOurs, isCopiedFolder, otherHomeOf } from './servers-owner.js';
export { homeOfProcess } from './home-of-process.js';
export * from './home-places.js';
export { redisOfPidFile } from './redis-process.js';
export * from './version.js';
export * from './write-effective-config.js';
