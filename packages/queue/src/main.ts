import { homedir } from 'node:os';
import { join } from 'node:path';
import { loadBundle } from '@pinky/protocol/bundle';
import { sayLastWords } from '@pinky/protocol/last-words';
import { holdFolderOf, holdSignals } from '@pinky/supervisor/child';

/** The program of the queue: `node main.js`, with PINKY_HOME in its environment. */
const signals = holdSignals(); // before anything else is loaded

async function main(): Promise<void> {
  holdFolderOf(__filename);
  const bundle = join(__dirname, 'queue-bundle.cjs');
  const { QueueProgram } = loadBundle<typeof import('./program/queue-program.js')>(bundle);
  await new QueueProgram({ home: process.env['PINKY_HOME'] ?? join(homedir(), '.pinky'), signals }).run();
}

main().catch((error: unknown) => {
  sayLastWords(error);
  process.exit(1);
});
