import { existsSync } from 'node:fs';
import {
  findFunpack, haveSameEntries, locateFunpack, readFunpack, type FoundFunpack, type SourceContext,
} from '@pinky/funpack-runner/light';
import { PinkyError, type BoxConfig, type Logger, type Source } from '@pinky/protocol';
import { writeView } from '../launch/isolate.js';
import type { GameServer } from '../life/game-server.js';
import type { ServerFiles } from '../record/server-files.js';
import type { ServerRecord } from '../record/server-record.js';
import { linkFolders } from './folder-links.js';
import { launchContext } from './preparation.js';
import { sourceContext } from './preparation-input.js';

export interface FunpackTaker {
  readonly server: Pick<GameServer, 'record' | 'prepare'>;
  readonly files: ServerFiles;
  readonly config: () => BoxConfig;
  readonly log: Logger;
}

/** Reads the server's funpack again, from where it is now. If it was removed meanwhile, the game is not touched. */
export function takeFunpack({ server, files, config, log }: FunpackTaker, record: ServerRecord): void {
  const { funpack: known, start, port, ports, confinement } = record;
  if (!known) return;
  const moved = movedFunpack(start.funpack, known, sourceContext({ config: config(), files }));
  if (moved) {
    log.info({ event: 'funpack.moved', serverId: files.serverId, from: known.dir, to: moved.dir });
    server.record.tryChange({ funpack: { dir: moved.dir, digest: moved.digest } });
    linkFolders({
      serverId: files.serverId,
      paths: files.paths,
      config: config(),
      funpackDir: moved.dir,
      isPersistent: false, // its backups are where they were
      log,
    });
  }
  const { dir, digest } = moved ?? known;
  try {
    const funpack = readFunpack(dir, digest);
    const input = { config: config(), files, start, port, confinement, ...(ports && { ports }) };
    const context = launchContext(input, funpack);
    server.prepare({ funpack, context });
    // The next launch sees by it, and bin/import, which may be run before that: home or funpack may have moved.
    writeView({ ...input, isolation: confinement?.isolation }, funpack, context);
  } catch (error) {
    const message = error instanceof PinkyError ? error.message : String(error);
    log.error({ event: 'funpack.lost', dir, error: message });
  }
}

/**
 * Where a funpack that was named is found now, if that is another folder with the same content, or if the folder from
 * before is gone. After an upgrade from another folder that is the shipped one of the new version. A funpack with other
 * content is not taken while the old one is there: the game was prepared for that.
 */
function movedFunpack(source: Source, known: FoundFunpack, context: SourceContext): FoundFunpack | undefined {
  try {
    const { path, stats } = locateFunpack(source, context);
    if (path === known.dir || !stats.isDirectory()) return undefined;
    const isGone = !existsSync(known.dir);
    return isGone || haveSameEntries(known.dir, path) ? findFunpack(source, context) : undefined;
  } catch {
    return undefined; // an address, or nothing is found any more: what is known has to do
  }
}
