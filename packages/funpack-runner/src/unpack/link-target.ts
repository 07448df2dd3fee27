import { partsOf } from './safe-path.js';

/** As many links as Linux itself follows in one path (MAXSYMLINKS). */
const mostLinks = 40;

/** Answers where a link leads, as it stands in the link. Undefined for what is no link, or is not there. */
export type ReadLink = (parts: readonly string[]) => string | undefined;

/**
 * Where a path below the root leads when each link on the way is followed, as parts below the root. An absolute link
 * may lead into the root by its path, `rootPath`. Undefined if it leaves the root or goes round in a circle. A name
 * that is not there counts as a plain name.
 */
export function resolveInside(parts: readonly string[], readLink: ReadLink, rootPath: string): string[] | undefined {
  const done: string[] = [];
  const ahead = [...parts].reverse();
  for (let links = 0; ahead.length > 0;) {
    const part = ahead.pop() ?? '';
    if (part === '..') {
      if (done.pop() === undefined) return undefined;
      continue;
    }
    const target = readLink([...done, part]);
    if (target === undefined) {
      done.push(part);
      continue;
    }
    if (++links > mostLinks) return undefined;
    const next = target.startsWith('/') ? below(rootPath, target) : partsOf(target);
    if (!next) return undefined;
    if (target.startsWith('/')) done.length = 0;
    ahead.push(...[...next].reverse());
  }
  return done;
}

/** The parts of an absolute path below the root. Undefined where it is not below it. */
function below(rootPath: string, target: string): readonly string[] | undefined {
  const [root, parts] = [partsOf(rootPath), partsOf(target)];
  return root.every((part, at) => parts[at] === part) ? parts.slice(root.length) : undefined;
}
