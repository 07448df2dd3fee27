import { closeSync, createReadStream, createWriteStream, linkSync, renameSync, unlinkSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { runTask, type RunnerTask, type RunTaskOptions } from '@pinky/funpack-runner/light';
import { assertRoom, errnoOf, PinkyError, type BoxConfig, type Progress } from '@pinky/protocol';
import type { ApiParts } from '../http/app.js';
import type { OwnWork } from '../jobs/jobs.js';
import { diskUse, spaceOf } from '../space/disk-use.js';
import type { SpaceClaim } from '../space/space-claim.js';
import { noteEdited } from './edited-park.js';
import { nameOf } from './file-request.js';
import { removeFolder } from './remove-folder.js';
import { ServerFolder } from './server-folder.js';
import { limited } from './write-file.js';

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
export function heavyWork({ config, over, spaces }: HeavyParts, asked: HeavyRequest): OwnWork {
  const { op, serverId, path, to } = asked;
  const root = (): ServerFolder => ServerFolder.of(config(), serverId);
  const opened = (): Folders => openBoth(root, path.slice(0, -1), to.slice(0, -1));
  assertSense(asked);
  within(opened(), (folders) => assertThere(folders, asked));
  return async (onProgress) => {
    const { archives, disk, servers } = config();
    assertRoom({ what: `the ${op}`, dir: servers }, disk?.reserve);
    return spaces.use(serverId, { bytes: 1 }, async (claim) => {
      const folders = opened();
      const { draft } = claim;
      try {
        noteEdited(config(), serverId);
        const making = { ...folders, asked, claim, limits: archives };
        const made = await withinClaim(claim, (terms) => make(making, terms), { onProgress, signal: over });
        const { target } = folders;
        if (!target.stat(draft)?.isDirectory()) target.give(draft);
        const bytes = await spaceOfDraft(target, draft);
        await claim.ensure(bytes);
        giveName(target, draft, nameOf(to));
        claim.keep(bytes);
        return made;
      } finally {
        try {
          await removeDraft(folders.target, draft, () => removeFolder(root, [...to.slice(0, -1), draft]));
        } finally {
          within(folders, () => undefined);
        }
      }
    });
  };
}

type HeavyParts = Pick<ApiParts, 'config' | 'over' | 'spaces'>;
type Terms = Required<Pick<RunTaskOptions, 'onProgress' | 'signal'>>;

/** Ends the work as soon as others have taken the space that it needs. */
async function withinClaim<T>(
  claim: SpaceClaim,
  work: (terms: Terms) => Promise<T>,
  { onProgress, signal }: Terms,
): Promise<T> {
  const full = new AbortController();
  const heard = (progress: Progress): void => {
    try {
      // A progress of packing counts the bytes of the files, of which an archive takes fewer.
      if (progress.label !== 'archive') claim.reach(progress.done);
    } catch (refusal) {
      full.abort(refusal);
    }
    onProgress(progress);
  };
  try {
    return await work({ onProgress: heard, signal: AbortSignal.any([signal, full.signal]) });
  } catch (failure) {
    throw full.signal.aborted ? full.signal.reason : failure;
  }
}

async function spaceOfDraft(folder: ServerFolder, draft: string): Promise<number> {
  const stats = folder.stat(draft);
  if (!stats) return 0; // somebody has removed it
  return spaceOf(stats) + (stats.isDirectory() ? await diskUse(folder.path(draft)) : 0);
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
  readonly claim: SpaceClaim;
  readonly limits: BoxConfig['archives'];
}

async function make(making: Making, terms: Terms): Promise<object> {
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

function byHand({ asked, target, claim, limits }: Making, { from, file, names }: Source): ByHand {
  const { draft, mostBytes } = claim;
  const to = `${target.outsidePath}/${draft}`;
  const owned = { ...(target.owner && { owner: target.owner }), ...(mostBytes !== undefined && { mostBytes }) };
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
      ...(mostBytes !== undefined && { mostBytes }),
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

async function copyFile({ source, target, claim }: Making, name: string): Promise<object> {
  const stats = source.stat(name);
  const mode = Number(stats?.mode ?? newFileMode) & 0o777;
  await claim.ensure(Number(stats?.size ?? 0));
  const from = createReadStream('', { fd: source.openFile(name) });
  const counted = limited(Number.POSITIVE_INFINITY, claim); // the game may write to it meanwhile
  await pipeline(from, counted.stream, createWriteStream(target.path(claim.draft), { flags: 'wx', mode, flush: true }));
  return { files: 1, bytes: counted.bytes() };
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
async function removeDraft(folder: ServerFolder, draft: string, remove: () => Promise<unknown>): Promise<void> {
  const stats = folder.stat(draft);
  if (stats?.isDirectory()) await remove();
  else if (stats) unlinkSync(folder.path(draft));
}
