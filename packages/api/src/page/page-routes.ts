import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { ApiParts, App, Reply, Request } from '../http/app.js';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * The page loads nothing from elsewhere, and runs no script that stands in its text. The console's screen sets styles
 * of its own elements.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** A file whose name holds the checksum of its content never changes. */
const hasSumInName = /-[A-Z0-9]{8}\.js$/;
const forEver = 'private, max-age=31536000, immutable';

interface PageFile {
  readonly type: string;
  readonly caching: string;
  readonly etag: string;
  readonly packed: Buffer;
  readonly plain: Buffer;
}

/** The files of the page, for everybody: what they show is behind the session. Nothing where no page is installed. */
export function addPageRoutes(app: App, { pageDir }: Pick<ApiParts, 'pageDir'>): void {
  if (pageDir === undefined) return;
  const files = new Map<string, PageFile>();
  const names = readdirSync(pageDir, { recursive: true, encoding: 'utf8' });
  for (const name of names.filter((each) => extname(each) in types)) {
    app.get(name === 'index.html' ? '/' : `/${name}`, {
      config: { needs: 'open' },
      schema: { hide: true },
    }, (request, reply) => {
      const file = files.get(name) ?? readPageFile(join(pageDir, name));
      files.set(name, file);
      return send(request, reply, file);
    });
  }
}

function readPageFile(path: string): PageFile {
  const plain = readFileSync(path);
  return {
    plain,
    packed: gzipSync(plain),
    type: types[extname(path)] ?? 'application/octet-stream',
    caching: hasSumInName.test(path) ? forEver : 'no-cache',
    etag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 20)}"`,
  };
}

function send(request: Request, reply: Reply, { type, caching, etag, packed, plain }: PageFile): Reply {
  void reply.headers({
    'content-type': type,
    'cache-control': caching,
    'content-security-policy': policy,
    etag,
    vary: 'accept-encoding',
  });
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  const isPacked = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  return isPacked ? reply.header('content-encoding', 'gzip').send(packed) : reply.send(plain);
}
