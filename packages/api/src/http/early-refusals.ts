import type { Socket } from 'node:net';
import { PinkyError, type BoxConfig } from '@pinky/protocol';
import type { FastifyReply, FastifyServerOptions } from 'fastify';
import { problemOf, problemType, withoutPaths, type Problem } from './problem.js';

/**
 * Answers in the API's own form to requests that never come to a route: a path that cannot be decoded, and bytes that
 * are no HTTP.
 */
export function earlyRefusals(config: () => BoxConfig, headers: Readonly<Record<string, string>>) {
  return {
    frameworkErrors: (failure: unknown, _request: unknown, reply: FastifyReply) => {
      const problem = problemOf(failure, withoutPaths(config()));
      void reply.code(problem.status).headers(headers).type(problemType).send(JSON.stringify(problem));
    },
    clientErrorHandler: (failure: NodeJS.ErrnoException, socket: Socket) => {
      if (failure.code === 'ECONNRESET' || !socket.writable) socket.destroy(failure);
      else socket.end(rawAnswer(problemOf(refusalOf(failure), withoutPaths(config())), headers));
    },
  } satisfies Partial<Record<keyof FastifyServerOptions, unknown>>;
}

/** The codes are those of Node's parser (`Parse Error`, llhttp) and of its `headersTimeout`. */
function refusalOf({ code }: NodeJS.ErrnoException): PinkyError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    const remedy = 'send smaller headers: all of them together may have 16 KiB';
    return new PinkyError('too_large', 'the headers of the request are too large', { remedy });
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new PinkyError('bad_request', 'the request did not arrive in time');
  return new PinkyError('bad_request', `this cannot be read as HTTP/1.1 (${code ?? 'unknown'})`);
}

function rawAnswer(problem: Problem, headers: Readonly<Record<string, string>>): string {
  const body = JSON.stringify(problem);
  const fields = {
    ...headers,
    'content-type': problemType,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${problem.status} ${problem.title}\r\n${lines.join('')}\r\n${body}`;
}
