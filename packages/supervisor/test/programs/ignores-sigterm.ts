import { appendFileSync } from 'node:fs';

/** Writes every TERM and QUIT into the file named by its first argument, and obeys neither. */
const [path = ''] = process.argv.slice(2);
for (const signal of ['SIGTERM', 'SIGQUIT'] as const) process.on(signal, () => appendFileSync(path, `${signal}\n`));
setInterval(() => undefined, 60_000);
appendFileSync(path, 'ready\n');
