import { homedir } from 'node:os';
import { join } from 'node:path';
import { loadBundle } from '@pinky/protocol/bundle';

// Node opens its debugger on USR1 until there is a listener. Everything else takes a while to load, so it is loaded
// after this.
const notYet = (): void => undefined;
process.on('SIGUSR1', notYet);

async function main(): Promise<void> {
  const bundle = join(__dirname, 'queue-bundle.cjs');
  const { QueueProgram } = loadBundle<typeof import('./program/queue-program.js')>(bundle);
  const program = new QueueProgram({ home: process.env['PINKY_HOME'] ?? join(homedir(), '.pinky') });
  program.listenToSignals();
  process.off('SIGUSR1', notYet);
  await program.run();
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
