import { errnoOf } from '@pinky/protocol';
import { claimPidFile } from '../../src/pid-file/claim-pid-file.js';

/**
 * Claims the pid file named by its first argument at the first byte of standard input, prints the outcome, and leaves
 * when standard input ends.
 */
const [path = ''] = process.argv.slice(2);
process.stdin.once('data', () => {
  try {
    claimPidFile(path);
    console.log('won');
  } catch (error) {
    console.log(errnoOf(error));
  }
});
console.log('ready');
