import { readFileSync } from 'node:fs';
import swagger from '@fastify/swagger';
import websocket from '@fastify/websocket';
import { PinkyError } from '@pinky/protocol';
import fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ApiParts, App } from './app.js';
import { documentInfo } from '../document/document-info.js';
import { withOptionalBodies } from '../document/optional-bodies.js';
import { earlyRefusals } from './early-refusals.js';
import { guard } from './guard.js';
import { plainWords } from './plain-words.js';
import { problemOf, problemType, retryAfter, withoutPaths } from './problem.js';
import { addRoutes } from './routes.js';

/** Headers of every answer: a browser takes it for nothing else than it says, and shows it in no frame. */
const safeHeaders = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

/** How long a request may take to arrive, milliseconds. An upload has as long as it goes on. */
const headersMs = 20_000;
/** A message of a console is one line. */
const messageBytes = 64 * 1024;

/** A request without a host is refused by our own check, with a problem. Node would answer nothing but its status. */
const anyHost = { requireHostHeader: false };

/** Many clients name a type also where they send nothing. A route that needs a body says so itself. */
function takeEmptyJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) done(null, undefined);
    else void parse(request, body.toString(), done);
  });
}

/** The API as a fastify server that does not listen yet. */
export async function buildApp(parts: ApiParts): Promise<App> {
  z.config({ customError: plainWords });
  const app = fastify(serverOptions(parts)).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  // Answers are checked by tests against the document, and not each time.
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  app.addHook('onSend', async (_request, reply) => {
    for (const [name, value] of Object.entries(safeHeaders)) if (!reply.hasHeader(name)) reply.header(name, value);
  });
  answerProblems(app, parts);
  guard(app, parts);
  takeEmptyJson(app);
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload)); // an upload, which its route reads
  await app.register(websocket, { options: { maxPayload: messageBytes } });
  await app.register(swagger, {
    openapi: documentInfo,
    transform: jsonSchemaTransform,
    transformObject: (document) => withOptionalBodies(jsonSchemaTransformObject(document)),
  });
  await app.register(async (inner) => addRoutes(inner.withTypeProvider<ZodTypeProvider>(), parts));
  return app;
}

function serverOptions({ config }: ApiParts): FastifyServerOptions {
  const { api } = config();
  const proxies = api?.trustedProxies ?? [];
  const options = {
    bodyLimit: api?.bodyBytes ?? 1024 * 1024,
    forceCloseConnections: true,
    trustProxy: proxies.length > 0 ? [...proxies] : false,
    routerOptions: { maxParamLength: 4096 },
    requestTimeout: 0,
    connectionTimeout: 0,
    keepAliveTimeout: headersMs,
    logger: false,
    ...earlyRefusals(config, safeHeaders),
    http: anyHost,
    ...(api?.tls && { https: { ...anyHost, cert: readFileSync(api.tls.cert), key: readFileSync(api.tls.key) } }),
  };
  return options as FastifyServerOptions; // fastify has a type of its own for servers with TLS
}

function answerProblems(app: App, { config, logger }: ApiParts): void {
  app.setNotFoundHandler((request) => {
    throw new PinkyError('not_found', `there is nothing at ${request.method} ${request.url.split('?')[0]}`);
  });
  app.setErrorHandler((failure, request, reply) => {
    const problem = problemOf(failure, withoutPaths(config()));
    const waitMs = failure instanceof PinkyError ? failure.details?.['waitMs'] : undefined;
    if (problem.status >= 500 && problem.status !== 503) {
      const because = failure instanceof Error ? failure.stack : String(failure);
      logger.error({ event: 'api.failed', method: request.method, url: request.url.split('?')[0], because });
    }
    if (request.headers.upgrade !== undefined) reply.header('connection', 'close'); // it got no WebSocket
    if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
    const headers = retryAfter(problem, typeof waitMs === 'number' ? waitMs : undefined);
    return reply.code(problem.status).headers(headers).type(problemType).send(JSON.stringify(problem));
  });
}
