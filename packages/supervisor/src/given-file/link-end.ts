import { readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';

/** As many links as the kernel follows (path_resolution(7)). */
const mostLinks = 40;

/**
 * Where a path leads once its links are followed, even if nothing is there yet. `isEnd` may end the way at an earlier
 * step. A path that leads in a circle stays as it is, and opening it fails. A path with a slash at its end names a
 * folder: EISDIR, as open(2) says.
 */
export function linkEnd(path: string, isEnd: (at: string) => boolean = () => false): string {
  if (path.endsWith('/')) throw Object.assign(new Error(`EISDIR: ${path} names a folder`), { code: 'EISDIR' });
  let at = isAbsolute(path) ? path : from(process.cwd(), path); // a removed folder has no name to ask for
  for (let links = 0; links <= mostLinks; links += 1) {
    if (isEnd(at)) return at;
    at = withRealFolder(at);
    const link = isEnd(at) ? undefined : linkAt(at);
    if (link === undefined) return at;
    at = from(dirname(at), link);
  }
  return path;
}

/** Dots stay: behind a link, `..` is the folder above its end. */
const from = (folder: string, path: string): string => (isAbsolute(path) ? path : `${folder}/${path}`);

/** The same path with all links of its folder followed. A missing folder stays as it is, and opening the file fails. */
function withRealFolder(path: string): string {
  try {
    return join(realpathSync.native(dirname(path)), basename(path));
  } catch {
    return path;
  }
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // no link, or nothing there yet
  }
}
