import { homedir } from 'node:os';
import { join } from 'node:path';
import { loadBundle } from '@pinky/protocol/bundle';
import { sayLastWords } from '@pinky/protocol/last-words';
import { holdSignals } from '@pinky/supervisor/child';

/** The program that delivers webhooks: `node main.js`, with PINKY_HOME in its environment. */
const signals = holdSignals(); // before anything else is loaded

async function main(): Promise<void> {
  const bundle = join(__dirname, 'webhooks-bundle.cjs');
  const { WebhooksProgram } = loadBundle<typeof import('./program/webhooks-program.js')>(bundle);
  await new WebhooksProgram(process.env['PINKY_HOME'] ?? join(homedir(), '.pinky'), signals).run();
}

main().catch((error: unknown) => {
  sayLastWords(error);
  process.exit(1);
});
