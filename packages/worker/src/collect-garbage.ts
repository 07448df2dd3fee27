import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';

/**
 * A full collection. `gc()` of `node --expose-gc` would cost every start (see start.cjs), and by way of a new context,
 * as it can be had later, it leaves garbage that V8 wakes up for again and again: half of what an idle worker costs. A
 * V8 that does not know this function any more collects when it sees fit.
 */
export function collectGarbage(): void {
  setFlagsFromString('--allow-natives-syntax');
  try {
    runInThisContext('%CollectGarbage(0)');
  } catch {
    // SyntaxError: not known
  } finally {
    setFlagsFromString('--no-allow-natives-syntax');
  }
}
