/** The parts that know nothing about frames and commands, for libraries that must load little. */
export * from './assert-never.js';
export * from './time/clock.js';
export * from './time/deferred.js';
export * from './errors.js';
export * from './time/lifetime.js';
export * from './time/whole-seconds.js';
export * from './logger.js';
