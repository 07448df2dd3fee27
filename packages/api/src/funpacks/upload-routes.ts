import { randomUUID } from 'node:crypto';
import { rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { locateFunpack, readFunpack } from '@pinky/funpack-runner/light';
import {
  namesIn,
  PinkyError,
  type BoxConfig,
  type Definition,
  type FetchResult,
  type ProgressListener,
} from '@pinky/protocol';
import { z } from 'zod';
import type { ApiParts, App } from '../http/app.js';
import { changed, problem } from '../http/schemas.js';
import { askJob } from '../jobs/ask-job.js';
import type { OwnWork } from '../jobs/jobs.js';
import { endingOf, uploadDir } from './installed-funpacks.js';
import { receiveArchive } from './receive-archive.js';

const tags = ['funpacks'];
const config = { needs: { verb: 'define', of: 'box' } } as const;
const name = z.string().min(1).max(100).regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);

/** Funpacks that come over HTTP, and go again. */
export function addUploadRoutes(app: App, parts: ApiParts): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload)); // an archive comes as it is
  addUpload(app, parts);
  addRemoval(app, parts);
}

function addUpload(app: App, parts: ApiParts): void {
  app.post('/v1/funpacks', {
    config,
    bodyLimit: Number.MAX_SAFE_INTEGER, // the limit of uploads can change while this process runs
    schema: {
      tags,
      summary: 'Upload the archive of a funpack, which is the body; servers are then defined with its name',
      querystring: z.strictObject({
        name: name.describe('its name with the ending of the archive, such as `dummy.tar.gz`'),
        sha256: z.string().regex(/^[0-9a-fA-F]{64}$/).optional().describe('anything else is refused'),
      }),
      response: changed,
    },
  }, async (request, reply) => {
    const { name: file, sha256 } = request.query;
    const box = parts.config();
    const path = placeOf(box, file, parts.state.definitions());
    const mostBytes = box.api?.uploadBytes ?? 0;
    const length = Number(request.headers['content-length'] ?? 0);
    if (length > mostBytes) throw new PinkyError('too_large', `an archive may have ${mostBytes} bytes at most`);
    const content = request.body instanceof Readable ? request.body : Readable.from([]);
    const digest = await receiveArchive(path, { content, mostBytes, sha256 });
    const work: OwnWork = (onProgress) => unpackedFrom({
      parts,
      path,
      digest,
      onProgress,
    });
    return askJob(parts, request, reply, { command: 'upload funpack', data: { file, digest }, work });
  });
}

/** Throws `bad_request` for a name without an ending, and `conflict` where the name is taken or in use. */
function placeOf({ home, funpacks }: BoxConfig, file: string, definitions: readonly Definition[]): string {
  const dir = uploadDir(home);
  const ending = endingOf(file);
  if (ending === undefined || ending.length === file.length) {
    const message = 'name must end as an archive does, such as dummy.tar.gz or dummy.zip';
    throw new PinkyError('bad_request', message, { details: { field: 'name' } });
  }
  if (!funpacks.includes(dir)) {
    const remedy = 'add $PINKY_HOME/funpacks to `funpacks` in pinky.yml';
    throw new PinkyError('conflict', 'no start would find it', { remedy });
  }
  const funpack = file.slice(0, -ending.length);
  if (entryOf(dir, funpack) !== undefined) {
    const remedy = 'remove it first, or take another name';
    throw new PinkyError('conflict', `a funpack ${funpack} is there already`, { remedy });
  }
  assertUnused(funpack, definitions.filter(({ funpack: { url } }) => url === funpack));
  return join(dir, file);
}

interface Received {
  readonly parts: Pick<ApiParts, 'queue'>;
  readonly path: string;
  readonly digest: string;
  readonly onProgress: ProgressListener;
}

/** Has the box check and unpack it. It goes again if it is none. */
async function unpackedFrom({ parts: { queue }, path, digest, onProgress }: Received): Promise<object> {
  try {
    const fetch = { name: 'fetch', data: { funpack: path }, id: `api-${randomUUID()}` } as const;
    const { funpack } = (await queue.command(fetch, onProgress)) as FetchResult; // the protocol promises it
    const { name, version } = readFunpack(funpack?.path ?? '').manifest;
    return { funpack: funpackOf(path), name, digest, ...(version !== undefined && { version }) };
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}

/** The name by which a server is defined with an archive. */
const funpackOf = (path: string): string => basename(path).slice(0, -(endingOf(path)?.length ?? 0));

function addRemoval(app: App, parts: ApiParts): void {
  app.delete('/v1/funpacks/:funpack', {
    config,
    schema: {
      tags,
      summary: 'Remove a funpack that was uploaded, unless a server uses it',
      params: z.strictObject({ funpack: name }),
      response: { 204: z.null().describe('It is removed'), default: problem },
    },
  }, async (request, reply) => {
    const { funpack } = request.params;
    const path = uploaded(parts.config(), funpack);
    assertUnused(funpack, parts.state.definitions().filter((definition) => isIn(parts.config(), definition, path)));
    rmSync(path);
    return reply.code(204).send(null);
  });
}

/** The archive of that name. Throws `not_found`, and `conflict` for a folder, which somebody made by hand. */
function uploaded({ home }: BoxConfig, funpack: string): string {
  const dir = uploadDir(home);
  const entry = entryOf(dir, funpack);
  if (entry === undefined) throw new PinkyError('not_found', `no funpack ${funpack} was uploaded`);
  const path = join(dir, entry);
  if (statSync(path).isFile()) return path;
  throw new PinkyError('conflict', `${funpack} is a folder`, { remedy: 'remove it on the box' });
}

const entryOf = (dir: string, funpack: string): string | undefined =>
  namesIn(dir).find((entry) => entry === funpack || entry === `${funpack}${endingOf(entry) ?? ''}`);

function assertUnused(funpack: string, users: readonly Definition[]): void {
  if (users.length === 0) return;
  const ids = users.slice(0, 5).map(({ serverId }) => serverId).join(', ');
  throw new PinkyError('conflict', `${funpack} is used by ${ids}${users.length > 5 ? ' and others' : ''}`, {
    remedy: 'remove these servers first, or give them another funpack',
  });
}

/** Whether the next start of a server would take its funpack from there. */
function isIn({ funpacks, allowedHosts }: BoxConfig, { funpack }: Definition, path: string): boolean {
  try {
    return locateFunpack(funpack, { funpackPaths: funpacks, allowedHosts }).path === path;
  } catch {
    return false; // it comes from another host, or is nowhere
  }
}
