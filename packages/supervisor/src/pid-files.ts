/**
 * Pid files and health checks as in sipid, for programs with such commands of their own, and the check of a file that
 * is to be replaced. Loads nothing else.
 */
export * from './given-file/regular-file.js';
export * from './pid-file/claim-pid-file.js';
export * from './pid-file/kill-by-pid-file.js';
export * from './pid-file/read-pid-file.js';
export { parseGoDuration } from './sipid/go-duration.js';
export * from './sipid/wait-until-healthy.js';
