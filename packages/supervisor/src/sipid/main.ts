import { withLongFlags } from './long-flags.js';
import { sipid } from './sipid.js';

void sipid((line) => void process.stderr.write(`sipid: ${line}\n`), (code) => {
  process.exitCode = code;
}).parseAsync(withLongFlags(process.argv.slice(2)), { from: 'user' });
