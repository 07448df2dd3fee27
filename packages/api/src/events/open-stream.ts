import type { ServerResponse } from 'node:http';
import { sharedAbort, type Clock } from '@pinky/protocol';
import type { Reply, Request } from '../http/app.js';

export interface StreamMessage {
  readonly id?: string;
  readonly event?: string;
  /** One line. */
  readonly data: string;
}

/** Server-sent events to one caller. */
export interface EventStream {
  readonly signal: AbortSignal;
  /** Answers false while the caller is slow: then wait for `drained`. */
  send(message: StreamMessage): boolean;
  drained(): Promise<void>;
  end(): void;
  /** Called once, however the stream ends. */
  onEnd(listener: () => void): void;
}

/** A line that says nothing, so that proxies in between keep the connection. Milliseconds. */
const stillThereMs = 15_000;

/** Takes the answer over from the framework. The stream ends with the caller, with `over`, or by `end`. */
export function openStream(
  request: Request,
  reply: Reply,
  { clock, over }: { readonly clock: Clock; readonly over: AbortSignal },
): EventStream {
  const { raw } = reply;
  const ended = sharedAbort();
  reply.hijack();
  raw.writeHead(200, headers);
  raw.write(': pinky\n\n');
  const end = (): void => {
    if (ended.signal.aborted) return;
    ended.abort();
    raw.end();
  };
  raw.once('close', end);
  request.raw.socket.once('error', end);
  if (over.aborted) end();
  else over.addEventListener('abort', end, { once: true, signal: ended.signal });
  void keepAlive(clock, ended.signal, () => raw.write(': still there\n\n'));
  return {
    signal: ended.signal,
    send: (message) => ended.signal.aborted || raw.write(textOf(message)),
    drained: () => drained(raw, ended.signal),
    end,
    onEnd: (listener) => {
      if (ended.signal.aborted) listener();
      else ended.signal.addEventListener('abort', listener, { once: true });
    },
  };
}

const headers = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
  'x-content-type-options': 'nosniff',
};

const textOf = ({ id, event, data }: StreamMessage): string =>
  `${id === undefined ? '' : `id: ${id}\n`}${event === undefined ? '' : `event: ${event}\n`}data: ${data}\n\n`;

const drained = (raw: ServerResponse, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (!raw.writableNeedDrain || signal.aborted) return resolve();
    raw.once('drain', resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
  });

async function keepAlive(clock: Clock, signal: AbortSignal, say: () => void): Promise<void> {
  while (await clock.rest(stillThereMs, signal)) say();
}
