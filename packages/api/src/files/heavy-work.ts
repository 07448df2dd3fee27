import { randomBytes } from 'node:crypto';
import { closeSync, createReadStream, createWriteStream, linkSync, renameSync, unlinkSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { runTask, type RunnerTask, type RunTaskOptions } from '@pinky/funpack-runner/light';
import { assertRoom, errnoOf, PinkyError, type BoxConfig } from '@pinky/protocol';
import type { ApiParts } from '../http/app.js';
import type { OwnWork } from '../jobs/jobs.js';
import { noteEdited } from './edited-park.js';
import { nameOf } from './file-request.js';
import { removeFolder } from './remove-folder.js';
import { ServerFolder } from './server-folder.js';

/** Work that takes as long as there are bytes. */
export const heavyOps = ['copy', 'archive', 'unpack'] as const;
export type HeavyOp = (typeof heavyOps)[number];

export interface HeavyRequest {
  readonly op: HeavyOp;
  readonly serverId: string;
  readonly path: readonly string[];
  readonly to: readonly string[];
}

type ByHand = Extract<RunnerTask, { readonly type: 'byHand' }>['work'];

const newFileMode = 0o644;
const formats = [['.tar.gz', 'gz'], ['.tgz', 'gz'], ['.tar.zst', 'zst'], ['.tar.lzo', 'lzo']] as const;

/**
 * Copies, packs or unpacks files of a server, in a process of its own. That process goes on from folders that are held
 * open here, and the result gets its name when it is whole. Throws `not_found`, `conflict` and `bad_request` at once.
 */
export function heavyWork({ config, over }: Pick<ApiParts, 'config' | 'over'>, asked: HeavyRequest): OwnWork {
  const { op, serverId, path, to } = asked;
  const root = (): ServerFolder => ServerFolder.of(config(), serverId);
  const opened = (): Folders => openBoth(root, path.slice(0, -1), to.slice(0, -1));
  assertSense(asked);
  within(opened(), (folders) => assertThere(folders, asked));
  return async (onProgress) => {
    const { archives, disk, servers } = config();
    assertRoom({ what: `the ${op}`, dir: servers }, disk?.reserve);
    const folders = opened();
    const draft = `.pinky-${randomBytes(6).toString('hex')}.part`;
    try {
      noteEdited(config(), serverId);
      const made = await make({ ...folders, asked, draft, limits: archives }, { onProgress, signal: over });
      if (!folders.target.stat(draft)?.isDirectory()) folders.target.give(draft);
      giveName(folders.target, draft, nameOf(to));
      return made;
    } finally {
      await removeDraft(folders.target, draft, () => removeFolder(root, [...to.slice(0, -1), draft]));
      within(folders, () => undefined);
    }
  };
}

interface Folders {
  /** The folder with the thing that is copied, packed or unpacked. */
  readonly source: ServerFolder;
  readonly target: ServerFolder;
}

function openBoth(root: () => ServerFolder, from: readonly string[], to: readonly string[]): Folders {
  const source = root().folder(from);
  try {
    return { source, target: root().folder(to) };
  } catch (error) {
    source.close();
    throw error;
  }
}

/** Closes them afterwards. */
function within(folders: Folders, use: (folders: Folders) => void): void {
  try {
    use(folders);
  } finally {
    folders.source.close();
    folders.target.close();
  }
}

/** A folder that is copied or packed into itself would never end. */
function assertSense({ op, path, to }: HeavyRequest): void {
  const goal = nameOf(to);
  if (op === 'archive') formatOf(goal);
  else nameOf(path);
  const isInside = path.length > 0 && to.length > path.length && path.every((part, at) => to[at] === part);
  if (isInside) throw new PinkyError('conflict', 'the place for it lies in the thing itself');
}

function assertThere({ source, target }: Folders, { op, path, to }: HeavyRequest): void {
  const name = path.at(-1);
  const stats = name === undefined ? undefined : source.stat(name);
  const isGood = name === undefined || stats?.isFile() === true || (op !== 'unpack' && stats?.isDirectory() === true);
  if (!isGood) throw new PinkyError('not_found', `there is no ${op === 'unpack' ? 'file ' : ''}${path.join('/')}`);
  if (target.stat(nameOf(to))) throw new PinkyError('conflict', `${to.join('/')} is there already`);
}

interface Making extends Folders {
  readonly asked: HeavyRequest;
  readonly draft: string;
  readonly limits: BoxConfig['archives'];
}

async function make(making: Making, terms: Pick<RunTaskOptions, 'onProgress' | 'signal'>): Promise<object> {
  const { source, asked: { op, serverId, path } } = making;
  const name = path.at(-1);
  const isFolder = name === undefined || source.stat(name)?.isDirectory() === true;
  if (!isFolder && op === 'copy') return copyFile(making, nameOf(path));
  const inner = isFolder && name !== undefined ? source.inner(name) : undefined;
  const file = op === 'unpack' ? source.openFile(nameOf(path)) : undefined;
  const names = isFolder ? undefined : [nameOf(path)];
  try {
    const work = byHand(making, { from: (inner ?? source).outsidePath, file, names });
    return await runTask({ type: 'byHand', work }, { serverId, ...terms });
  } finally {
    inner?.close();
    if (file !== undefined) closeSync(file);
  }
}

interface Source {
  readonly from: string;
  /** The archive, held open. */
  readonly file: number | undefined;
  /** Only these things in the folder. */
  readonly names: readonly string[] | undefined;
}

function byHand({ asked, target, draft, limits }: Making, { from, file, names }: Source): ByHand {
  const to = `${target.outsidePath}/${draft}`;
  const owned = target.owner && { owner: target.owner };
  switch (asked.op) {
    case 'copy': return { op: 'copy', from, to, ...owned };
    case 'unpack': return {
      op: 'unpack',
      archive: `/proc/${process.pid}/fd/${file}`,
      to,
      limits,
      ...owned,
    };
    case 'archive': return {
      op: 'archive',
      from,
      to,
      format: formatOf(nameOf(asked.to)),
      exclude: [draft],
      ...(names && { names }),
    };
  }
}

/** Throws `bad_request` for a name that does not end as an archive's. */
function formatOf(name: string): (typeof formats)[number][1] {
  const format = formats.find(([ending]) => name.endsWith(ending))?.[1];
  if (format !== undefined) return format;
  const endings = formats.map(([ending]) => ending).join(', ');
  throw new PinkyError('bad_request', `to must end as an archive does: ${endings}`, { details: { field: 'to' } });
}

async function copyFile({ source, target, draft }: Making, name: string): Promise<object> {
  const mode = Number(source.stat(name)?.mode ?? newFileMode) & 0o777;
  const from = createReadStream('', { fd: source.openFile(name) });
  await pipeline(from, createWriteStream(target.path(draft), { flags: 'wx', mode, flush: true }));
  return { files: 1, bytes: from.bytesRead };
}

/** Gives what was made its name, if nobody has taken that meanwhile. */
function giveName(folder: ServerFolder, draft: string, name: string): void {
  try {
    if (folder.stat(name)) throw new PinkyError('conflict', `${name} is there already`);
    if (folder.stat(draft)?.isDirectory()) renameSync(folder.path(draft), folder.path(name));
    else linkSync(folder.path(draft), folder.path(name));
  } catch (error) {
    throw errnoOf(error) === 'EEXIST' ? new PinkyError('conflict', `${name} is there already`) : error;
  }
}

/** Also that of a process that was killed. */
async function removeDraft(folder: ServerFolder, draft: string, remove: () => Promise<void>): Promise<void> {
  const stats = folder.stat(draft);
  if (stats?.isDirectory()) await remove();
  else if (stats) unlinkSync(folder.path(draft));
}
