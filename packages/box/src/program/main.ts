import { holdSignals } from '@pinky/supervisor/child';

/** The program of a box's supervisor: `node main.js`, with PINKY_HOME in its environment. */
const signals = holdSignals(); // before anything else is loaded

async function main(): Promise<void> {
  const { runMain } = await import('./run-main.js');
  process.exitCode = await runMain(signals);
  process.exit();
}

void main();
