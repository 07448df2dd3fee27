/** The parts that know nothing about frames and commands, for libraries that must load little. */
export * from './assert-never.js';
export * from './clock.js';
export * from './deferred.js';
export * from './errors.js';
export * from './lifetime.js';
export * from './logger.js';
