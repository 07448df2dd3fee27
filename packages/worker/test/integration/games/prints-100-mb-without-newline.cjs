// One line of 100 MB, then says that it is ready.
const { writeSync } = require('node:fs');

const chunk = Buffer.alloc(1024 * 1024, 0x61);
for (let i = 0; i < 100; i++) for (let done = 0; done < chunk.length;) done += writeSync(1, chunk, done);
writeSync(1, '\n{"event":"started"}\n');
process.stdin.on('data', (text) => String(text).includes('stop\n') && process.exit(0));
