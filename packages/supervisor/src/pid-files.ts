/**
 * Pid files and health, as sipid has them, for programs that have such commands of their own: without the logger and
 * all else that the library's main door loads.
 */
export * from './pid-file/claim-pid-file.js';
export * from './pid-file/kill-by-pid-file.js';
export * from './pid-file/read-pid-file.js';
export { parseDuration } from './sipid/duration.js';
export * from './sipid/wait-until-healthy.js';
