import { PinkyError } from '@pinky/protocol';
import { readFunpack } from '../funpack/read-funpack.js';
import { bytesOf } from '../kernel/open-folder.js';
import { Gaps } from '../pack/gaps.js';
import type { BackupTask } from '../task/tasks.js';
import type { WorkContext } from '../task/work-context.js';
import { secretFiles } from '../launch/secret-files.js';
import { importPaths } from './import-paths.js';
import { worldItems, type World, type WorldSelection } from './world-items.js';

export interface Selected {
  readonly selection: WorldSelection;
  /** The names that Pinky itself writes before each start, as bytes: it is no world. */
  readonly ownFiles: ReadonlySet<string>;
}

/** The part of the folder that belongs to the world, as its funpack says. */
export async function selectionOf(task: BackupTask, work: WorkContext): Promise<Selected> {
  if (task.funpackDir === undefined) return { selection: {}, ownFiles: new Set() };
  if (task.isForced) return { selection: { exclude: secretsIn(task.funpackDir) }, ownFiles: new Set() };
  const funpack = readFunpack(task.funpackDir);
  const { paths, exclude: named = [] } = funpack.manifest.backup ?? {};
  const exclude = [...named, ...secretFiles(funpack).map(pathPattern)];
  const ownFiles = new Set((funpack.manifest.files ?? []).map(({ path }) => bytesOf(path.replace(/^(\.?\/+)+/, ''))));
  if (!funpack.has.import || !task.context) return { selection: { ...(paths && { paths }), exclude }, ownFiles };
  return { selection: { paths: await importPaths(funpack, task.context, work), exclude }, ownFiles };
}

/** The pattern of one path and no other. */
const pathPattern = (path: string): string => `/${path}`;

/** A forced backup is made whatever the funpack says, so also of a server whose funpack cannot be read any more. */
function secretsIn(funpackDir: string): readonly string[] {
  try {
    return secretFiles(readFunpack(funpackDir)).map(pathPattern);
  } catch {
    return []; // nobody knows where the secrets are
  }
}

/**
 * An empty archive would be the newest backup, and in time it would push out those that hold a world. Where a selection
 * finds nothing in a folder that holds something, the selection is wrong: what the game saved would be taken for none.
 */
export function nothingSelected(serverId: string, world: World, ownFiles: ReadonlySet<string>): PinkyError {
  const saidNone = world.selection.paths?.length === 0;
  const missed = saidNone ? undefined : firstMissed(world, ownFiles);
  if (missed === undefined) {
    return new PinkyError(
      'no_world',
      `server ${serverId}: its game has saved nothing yet, so there is nothing to back up`,
    );
  }
  return new PinkyError(
    'backup_failed',
    `server ${serverId}: what its funpack selects for a backup holds no file, although working/ holds some, such ` +
      `as ${JSON.stringify(missed)}; correct \`backup.paths\`, or bin/import, which prints {"paths":[]} where there ` +
      'is no world yet',
  );
}

/** Something in the folder that is neither excluded nor written by Pinky. */
function firstMissed(world: World, ownFiles: ReadonlySet<string>): string | undefined {
  const gaps = new Gaps();
  for (const { path, type } of worldItems({ ...world, gaps, selection: { exclude: world.selection.exclude ?? [] } }))
    if (type !== 'directory' && !ownFiles.has(path)) return Buffer.from(path, 'latin1').toString('utf8');
  return gaps.outward.paths?.names[0];
}
