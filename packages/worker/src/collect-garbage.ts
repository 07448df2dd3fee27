import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * A full collection, as `gc()` of `node --expose-gc` does it. The option is set here and not on the command line, where it
 * would cost every start (see start.cjs); contexts made from then on have the function.
 */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)(); // what the option is for
}
