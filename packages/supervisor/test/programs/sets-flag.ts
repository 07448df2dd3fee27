import { parentPort, workerData } from 'node:worker_threads';
import { BlockingFlag } from '../../src/blocking-flag/blocking-flag.js';

/** A thread that waits for one shared flag, then sets another. */
const { asked, answered } = workerData as { asked: SharedArrayBuffer; answered: SharedArrayBuffer };

async function main(): Promise<void> {
  const flag = new BlockingFlag(asked);
  parentPort?.postMessage('waiting');
  await flag.waitForSet();
  new BlockingFlag(answered).set();
}
void main();
