import { join } from 'node:path';
import { loadBundle } from '@pinky/protocol/bundle';
import { holdFolderOf, holdSignals } from '@pinky/supervisor/child';

/** The program of a box's supervisor: `node main.js`, with PINKY_HOME in its environment. */
const signals = holdSignals(); // before anything else is loaded

async function main(): Promise<void> {
  holdFolderOf(__filename);
  const bundle = join(__dirname, '..', 'supervisor-bundle.cjs');
  const { runMain } = loadBundle<typeof import('./run-main.js')>(bundle);
  process.exitCode = await runMain(signals);
  process.exit();
}

void main();
