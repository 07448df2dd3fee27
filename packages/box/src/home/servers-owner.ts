import { readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { boxPaths, isSameFolder, PinkyError, type BoxConfig } from '@pinky/protocol';

/** No server id begins with a dot. */
const markOf = (servers: string): string => join(servers, '.home');

/**
 * Servers that lie outside the home belong to one home: each home has locks of its own, so two of them would run one
 * server twice, in one folder. The home is written down there. Throws `bad_option` if they are another home's, and that
 * one still exists.
 */
export function claimServers({ home, servers }: Pick<BoxConfig, 'home' | 'servers'>): void {
  const [own, folder] = [realpathSync(home), realpathSync(servers)];
  if (`${folder}${sep}`.startsWith(`${own}${sep}`)) return;
  const other = textOf(markOf(folder));
  if (other === own) return;
  if (other !== undefined && isHome(other) && !isSameFolder(other, own)) {
    throw new PinkyError(
      'bad_option',
      `servers: ${servers} holds the servers of another home, ${other}; name another folder in pinky.yml, or remove ` +
        `${markOf(servers)} if that home is no longer used`,
    );
  }
  writeFileSync(markOf(folder), `${own}\n`, { mode: 0o644 });
}

const isHome = (path: string): boolean =>
  statSync(boxPaths(path).effectiveConfig, { throwIfNoEntry: false })?.isFile() === true;

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined; // nobody has claimed it, or only an older version
  }
}
