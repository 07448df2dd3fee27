import { sipid } from './sipid.js';

void sipid((line) => void process.stderr.write(`sipid: ${line}\n`), (code) => {
  process.exitCode = code;
}).parseAsync();
