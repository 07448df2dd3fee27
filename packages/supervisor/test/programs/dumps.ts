import { dumpPath, writeDump } from '../../src/dump/dump-file.js';
import { installSigdump } from '../../src/dump/sigdump.js';

/** Dumps to its first argument on CONT, and with `busy` is caught in a loop for the rest of its life. */
const [path = dumpPath(), mode, marker = ''] = process.argv.slice(2);
installSigdump({ path });
setInterval(() => undefined, 60_000);

function spinsForEver(): void {
  writeDump(marker, 'spinning');
  for (;;) Math.random();
}
// The sentry thread has to be up before the loop begins, as it would be in a process that ran for a while.
setTimeout(() => (mode === 'busy' ? spinsForEver() : writeDump(marker, 'idle')), 500);
