import { BlockingFlag } from '../../src/blocking-flag/blocking-flag.js';

/**
 * A signal made of a flag does not keep a process alive, but a wait does. Waits with a timeout. Then waits without one
 * for a timer that would not keep the process by itself.
 */
async function main(): Promise<void> {
  const flag = new BlockingFlag();
  flag.toSignal().addEventListener('abort', () => undefined);
  const first = await flag.waitForSet(20);
  setTimeout(() => flag.set(), 20).unref();
  new BlockingFlag().toSignal();
  console.log(first, await flag.waitForSet());
}
void main();
