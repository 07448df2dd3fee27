import { constants, fstatSync, openSync, readSync, closeSync } from 'node:fs';
import { extname, join } from 'node:path';
import { errnoOf, PinkyError } from '@pinky/protocol';
import type { ApiParts, App, Reply, Request } from '../http/app.js';
import { etagOf } from '../files/send-file.js';
import { partsOf } from '../files/server-folder.js';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.map': 'application/json; charset=utf-8',
};

/** The page speaks to its own box only, and runs no script but its own. */
const policy =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self' ws: wss:; " +
  "frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/** The files of the page, which hold nothing of the box, so they need no token. None if the page is not installed. */
export function addPageRoutes(app: App, { pageDir }: Pick<ApiParts, 'pageDir'>): void {
  if (pageDir === undefined) return;
  app.get('/*', { config: { needs: 'open' }, schema: { hide: true } }, async (request, reply) =>
    sendPageFile(pageDir, request, reply));
}

function sendPageFile(pageDir: string, request: Request, reply: Reply): Reply {
  const path = partsOf((request.params as { readonly '*': string })['*']); // the route has it
  const name = path.length === 0 ? 'index.html' : path.join('/');
  const fd = opened(join(pageDir, name), name);
  try {
    const stats = fstatSync(fd, { bigint: true });
    if (!stats.isFile()) throw new PinkyError('not_found', `there is nothing at /${name}`);
    const etag = etagOf(stats);
    reply.headers({ etag, 'cache-control': 'no-cache', 'content-security-policy': policy });
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
    const content = Buffer.alloc(Number(stats.size));
    const length = readSync(fd, content, 0, content.length, 0);
    return reply.type(types[extname(name)] ?? 'application/octet-stream').send(content.subarray(0, length));
  } finally {
    closeSync(fd);
  }
}

function opened(file: string, name: string): number {
  try {
    return openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    const isAbsent = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(errnoOf(cause) ?? '');
    throw isAbsent ? new PinkyError('not_found', `there is nothing at /${name}`, { cause }) : cause;
  }
}
