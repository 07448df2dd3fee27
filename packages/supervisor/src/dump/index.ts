/** Apart from the child's end, so that a small process loads it only when it is asked for a dump. */
export { BusyLoopSentry } from './busy-loop-sentry.js';
export { dumpPath } from './dump-file.js';
export { dumpTo, installSigdump, type SigdumpOptions } from './sigdump.js';
