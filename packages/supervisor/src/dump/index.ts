/** Stack dumps. They are apart from `child.ts`, so that a small process loads them only for a dump. */
export { BusyLoopWatcher } from './busy-loop-watcher.js';
export { dumpPath } from './dump-file.js';
export { dumpTo, installSigdump, type SigdumpOptions } from './sigdump.js';
