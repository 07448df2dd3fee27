import { dumpPath, writeDump } from '../../src/dump/dump-file.js';
import { installSigdump } from '../../src/dump/sigdump.js';

/** Dumps to its first argument on CONT. With `busy` it is caught in a loop for the rest of its life. */
const [path = dumpPath(), mode, marker = ''] = process.argv.slice(2);
installSigdump({ path });
setInterval(() => undefined, 60_000);

function spinsForEver(): void {
  writeDump(marker, 'spinning');
  for (;;) Math.random();
}
setImmediate(() => (mode === 'busy' ? spinsForEver() : writeDump(marker, 'idle')));
