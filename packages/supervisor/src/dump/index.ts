/** Apart from the child's end, so that a small process loads it only when it is asked for a dump. */
export { dumpTo, installSigdump, type SigdumpOptions } from './sigdump.js';
export { dumpPath } from './dump-file.js';
