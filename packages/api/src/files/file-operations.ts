import { mkdirSync, renameSync } from 'node:fs';
import { errnoOf, PinkyError } from '@pinky/protocol';
import { z } from 'zod';
import type { ApiParts, App, Reply, Request } from '../http/app.js';
import { changed } from '../http/schemas.js';
import { askJob } from '../jobs/ask-job.js';
import { noteEdited } from './edited-park.js';
import { fileConfig, fileParams, fileUrl, nameOf, openIn } from './file-request.js';
import { heavyOps, heavyWork, type HeavyOp } from './heavy-work.js';
import { partsOf, type ServerFolder } from './server-folder.js';

/** An empty folder takes some space too. */
const folderBytes = 1;

const query = z.strictObject({
  op: z.enum(['mkdir', 'move', ...heavyOps]),
  to: z.string().min(1).max(4096).optional().describe('another place of the same server; nothing is replaced'),
});

export function addOperations(app: App, parts: ApiParts): void {
  app.post(fileUrl, {
    config: fileConfig,
    schema: {
      tags: ['files'],
      summary: 'Make a folder, move, copy or pack something, or unpack an archive into a new folder',
      params: fileParams,
      querystring: query,
      response: { ...changed, 201: z.null().describe('It is made or moved') },
    },
  }, async (request, reply) => {
    const { op, to } = request.query;
    const path = partsOf(request.params['*']);
    if (isHeavy(op)) return startHeavy(parts, request, { op, path, to: partsOf(to ?? ''), reply });
    const inFolder = (change: (folder: ServerFolder) => void): void => {
      const folder = openIn(parts, request, path.slice(0, -1));
      try {
        noteEdited(parts.config(), request.params.id);
        change(folder);
      } finally {
        folder.close();
      }
    };
    if (op === 'move') inFolder((folder) => move(folder, nameOf(path), { parts, request, to: partsOf(to ?? '') }));
    else {
      await parts.spaces.use(request.params.id, { bytes: folderBytes }, async (claim) => {
        inFolder((folder) => makeFolder(folder, nameOf(path)));
        claim.keep(folderBytes);
      });
    }
    return reply.code(201).send(null);
  });
}

const isHeavy = (op: string): op is HeavyOp => heavyOps.some((each) => each === op);

interface Heavy {
  readonly op: HeavyOp;
  readonly path: readonly string[];
  readonly to: readonly string[];
  readonly reply: Reply;
}

/** The work takes a while, so it is a job. A request that cannot be carried out is refused at once. */
async function startHeavy(parts: ApiParts, request: Request, { op, path, to, reply }: Heavy): Promise<unknown> {
  const { id } = request.params as { readonly id: string }; // the schema says so
  const asked = { op, serverId: id, path, to };
  const work = heavyWork(parts, asked);
  return askJob(parts, request, reply, { command: `${op} files`, serverId: id, data: asked, work });
}

function makeFolder(folder: ServerFolder, name: string): void {
  try {
    mkdirSync(folder.path(name));
    folder.give(name);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') throw new PinkyError('conflict', `${name} is there already`);
    throw error;
  }
}

interface Goal {
  readonly parts: ApiParts;
  readonly request: Request;
  readonly to: readonly string[];
}

/** Replaces nothing. */
function move(from: ServerFolder, name: string, { parts, request, to }: Goal): void {
  if (!from.stat(name)) throw new PinkyError('not_found', `there is no ${name}`);
  const target = openIn(parts, request, to.slice(0, -1));
  try {
    if (target.stat(nameOf(to))) throw new PinkyError('conflict', `${to.join('/')} is there already`);
    renameSync(from.path(name), target.path(nameOf(to)));
  } catch (error) {
    if (errnoOf(error) === 'EINVAL') throw new PinkyError('conflict', 'a folder cannot be moved into itself');
    throw error;
  } finally {
    target.close();
  }
}
