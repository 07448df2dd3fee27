import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';

/**
 * Runs a full garbage collection. `gc()` of `node --expose-gc` would slow every start down (see start.cjs). To get
 * `gc()` later takes a new context, whose garbage keeps waking V8 up: that is half of the cost of an idle worker. If V8
 * does not know this function any more, it collects when it sees fit.
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
