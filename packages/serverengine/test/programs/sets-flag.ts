import { parentPort, workerData } from 'node:worker_threads';
import { BlockingFlag } from '../../src/blocking-flag/blocking-flag.js';

/** A thread that answers one shared flag with another, for some rounds. */
const { asked, answered, rounds } = workerData as {
  asked: SharedArrayBuffer;
  answered: SharedArrayBuffer;
  rounds: number;
};

async function main(): Promise<void> {
  const flag = new BlockingFlag(asked);
  const answer = new BlockingFlag(answered);
  parentPort?.postMessage('waiting');
  for (let round = 0; round < rounds; round += 1) {
    await flag.waitForSet();
    flag.reset();
    answer.set();
  }
}
void main();
