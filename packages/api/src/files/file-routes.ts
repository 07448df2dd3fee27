import { unlinkSync } from 'node:fs';
import { Readable } from 'node:stream';
import { PinkyError } from '@pinky/protocol';
import { z } from 'zod';
import type { ApiParts, App, Request } from '../http/app.js';
import { changed, moment, problem } from '../http/schemas.js';
import { askJob } from '../jobs/ask-job.js';
import { noteEdited } from './edited-park.js';
import { addOperations } from './file-operations.js';
import { fileConfig as config, fileParams as params, fileUrl as url, nameOf, openIn as open } from './file-request.js';
import { removeFolder } from './remove-folder.js';
import { etagOf, sendFile } from './send-file.js';
import { partsOf, ServerFolder, type FolderEntry } from './server-folder.js';
import { freedBy } from '../space/disk-use.js';
import type { WantedSpace } from '../space/space-claim.js';
import { writeWhole } from './write-file.js';

const tags = ['files'];
const newFileMode = 0o644;

const entrySchema = z.object({
  name: z.string(),
  type: z.enum(['file', 'folder', 'link', 'other']),
  size: z.number().describe('bytes'),
  changedAt: moment,
  etag: z.string().optional(),
}).meta({ id: 'FolderEntry' });

/** The files of a server: those of its game while it runs, those of the world that its stop set aside while not. */
export async function addFileRoutes(app: App, parts: ApiParts): Promise<void> {
  addRead(app, parts);
  addDelete(app, parts);
  addOperations(app, parts);
  await app.register(async (inner) => addWrite(inner, parts));
}

function addRead(app: App, parts: ApiParts): void {
  app.get(url, {
    config,
    schema: {
      tags,
      summary: 'A folder as a list, or a file, whole or by ranges. A link is shown and never followed',
      params,
      response: {
        200: z.unknown().describe(
          '{entries: [{name, type, size, changedAt, etag}], space: {usedBytes, limitBytes}}, or the content of the ' +
            'file. `space` is there where `limits.disk` is set',
        ),
        default: problem,
      },
    },
  }, async (request, reply) => {
    const path = partsOf(request.params['*']);
    const name = path.at(-1);
    const above = open(parts, request, path.slice(0, -1));
    try {
      if (name !== undefined && above.stat(name)?.isDirectory() !== true)
        return sendFile(request, reply, { fd: above.openFile(name), name });
    } finally {
      above.close();
    }
    const folder = open(parts, request, path);
    try {
      const space = await parts.spaces.of(request.params.id);
      return { entries: folder.entries().map(entryOf), ...(space && { space }) };
    } finally {
      folder.close();
    }
  });
}

function entryOf({ name, stats }: FolderEntry): z.infer<typeof entrySchema> {
  const isFile = stats.isFile();
  return {
    name,
    type: isFile ? 'file' : stats.isDirectory() ? 'folder' : stats.isSymbolicLink() ? 'link' : 'other',
    size: Number(stats.size),
    changedAt: new Date(Number(stats.mtimeMs)).toISOString(),
    ...(isFile && { etag: etagOf(stats) }),
  };
}

/** Takes a body of every type as it comes: a file that is JSON is a file too. */
function addWrite(app: App, parts: ApiParts): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  app.put(url, {
    config,
    bodyLimit: Number.MAX_SAFE_INTEGER, // the limit of uploads can change while this process runs
    schema: {
      tags,
      summary: 'Write a file whole or not at all. To replace one, send If-Match with its ETag, or *',
      params,
      response: {
        201: z.null().describe('It is new'),
        204: z.null().describe('It is replaced'),
        default: problem,
      },
    },
  }, async (request, reply) => {
    const mostBytes = parts.config().api?.uploadBytes ?? 0;
    assertFits(request, mostBytes);
    const path = partsOf(request.params['*']);
    const name = nameOf(path);
    const folder = open(parts, request, path.slice(0, -1));
    try {
      const wanted = { bytes: lengthOf(request), ...replacedBy(folder.stat(name)) };
      return await parts.spaces.use(request.params.id, wanted, async (claim) => {
        const before = folder.stat(name);
        assertReplaceable(request, before && entryOf({ name, stats: before }));
        noteEdited(parts.config(), request.params.id);
        const content = request.body instanceof Readable ? request.body : Readable.from([]);
        const mode = before ? Number(before.mode) & 0o777 : newFileMode;
        const { bytes, freed } = await writeWhole(folder, name, { content, mostBytes, mode, claim });
        claim.keep(bytes, freed);
        const now = folder.stat(name);
        return reply.code(before ? 204 : 201).headers(now ? { etag: etagOf(now) } : {}).send(null);
      });
    } finally {
      folder.close();
    }
  });
}

/** Whose space comes free. */
const replacedBy = (there: FolderEntry['stats'] | undefined): Pick<WantedSpace, 'replaced'> =>
  (there?.isFile() === true ? { replaced: { inode: `${there.ino}`, bytes: freedBy(there) } } : {});

/** Bytes; 0 where a sender does not say how long its body will be. */
const lengthOf = ({ headers }: Request): number => Number(headers['content-length'] ?? 0);

/** Said before anything of it is read, so that the answer reaches whoever is sending. */
function assertFits(request: Request, mostBytes: number): void {
  if (lengthOf(request) <= mostBytes) return;
  throw new PinkyError('too_large', `a file may have ${mostBytes} bytes at most`);
}

/** Throws `changed_meanwhile` unless the caller knows what is replaced, `conflict` where that is no file. */
function assertReplaceable({ headers }: Request, before: ReturnType<typeof entryOf> | undefined): void {
  const [match, noneMatch] = [headers['if-match'], headers['if-none-match']];
  if (!before) {
    if (match === undefined || match === '*') return;
    throw new PinkyError('changed_meanwhile', 'the file is gone');
  }
  if (before.type !== 'file') throw new PinkyError('conflict', `${before.name} is no file`);
  if (noneMatch !== undefined) throw new PinkyError('changed_meanwhile', 'the file is there already');
  if (match === undefined) throw new PinkyError('changed_meanwhile', 'send If-Match with the ETag that you have read');
  if (match !== '*' && match !== before.etag) throw new PinkyError('changed_meanwhile', 'the file is another by now');
}

function addDelete(app: App, parts: ApiParts): void {
  app.delete(url, {
    config,
    schema: {
      tags,
      summary: 'Remove a file, a link, or a folder with everything in it (a job)',
      params,
      response: { ...changed, 204: z.null().describe('It is removed') },
    },
  }, async (request, reply) => {
    const { id } = request.params;
    const path = partsOf(request.params['*']);
    const name = nameOf(path);
    const folder = open(parts, request, path.slice(0, -1));
    try {
      const stats = folder.stat(name);
      if (!stats) throw new PinkyError('not_found', `there is no ${path.join('/')}`);
      noteEdited(parts.config(), id);
      if (!stats.isDirectory()) {
        unlinkSync(folder.path(name));
        parts.spaces.freed(id, freedBy(stats));
        return reply.code(204).send(null);
      }
    } finally {
      folder.close();
    }
    const work = async (): Promise<object> => {
      parts.spaces.freed(id, await removeFolder(() => ServerFolder.of(parts.config(), id), path));
      return {};
    };
    return askJob(parts, request, reply, { command: 'remove folder', serverId: id, data: { path }, work });
  });
}
