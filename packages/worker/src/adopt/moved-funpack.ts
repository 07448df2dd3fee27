import { findFunpack, locateFunpack, type FoundFunpack, type SourceContext } from '@pinky/funpack-runner/light';
import type { Source } from '@pinky/protocol';

/**
 * Where a funpack that was named is found now, if that is another folder with the same content. After an upgrade from
 * another folder that is the shipped one of the new version: the old folder may go away. A funpack with other content
 * is not taken: the game was prepared for the one that it has.
 */
export function movedFunpack(
  source: Source,
  known: FoundFunpack,
  context: SourceContext,
): FoundFunpack | undefined {
  try {
    const { path, stats } = locateFunpack(source, context);
    if (path === known.dir || !stats.isDirectory()) return undefined;
    const found = findFunpack(source, context);
    return found?.digest === known.digest ? found : undefined;
  } catch {
    return undefined; // an address, or nothing is found any more: what is known has to do
  }
}
