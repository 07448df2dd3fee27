import { createInterface } from 'node:readline';
import { asPinkyError, assertOneLine, assertServerId } from '@pinky/protocol';
import type { Context } from '../../command-line/context.js';
import { QueueClient } from '../../talk/queue.js';
import { currentConfig } from '../../command-line/current-config.js';
import { assertConsole, showConsole } from './logs.js';

/** How long a game may take to answer the last line from a pipe, in milliseconds. */
const answerMs = 500;

/** `pinky attach`: prints the console, and sends each typed line to the game. Ctrl-D or Ctrl-C ends it. */
export async function attach(context: Context, [serverId]: readonly string[]): Promise<void> {
  assertServerId(serverId);
  assertConsole(await currentConfig(context), serverId);
  const end = new AbortController();
  const onAbort = (): void => end.abort();
  if (context.signal.aborted) end.abort();
  else context.signal.addEventListener('abort', onAbort, { once: true });
  const inner = { ...context, signal: end.signal };
  const showing = showConsole(inner, { serverId, lines: 10, isFollowing: true });
  try {
    await Promise.race([sendLines(inner, serverId), showing]);
    // A pipe ends before the game has answered its last line.
    if (context.out.streams.stdin.isTTY !== true) {
      await context.clock.rest(answerMs, end.signal);
    }
  } finally {
    end.abort();
    context.signal.removeEventListener('abort', onAbort);
    await showing;
  }
}

/** Sends one line after the other, as they were typed. It reports a refused line and goes on with the next. */
async function sendLines(context: Context, serverId: string): Promise<void> {
  const { out, signal } = context;
  const input = createInterface({ input: out.streams.stdin, terminal: false });
  const close = (): void => input.close();
  signal.addEventListener('abort', close, { once: true });
  try {
    for await (const line of input) {
      if (signal.aborted) return;
      await sendLine(context, serverId, line);
    }
  } finally {
    signal.removeEventListener('abort', close);
    input.close();
  }
}

async function sendLine(context: Context, serverId: string, line: string): Promise<void> {
  try {
    assertOneLine('line', line);
    const { reply = [] } = await new QueueClient(context).command('console', { serverId, line });
    for (const answer of reply) context.out.line(context.out.foreign(answer)); // no console shows it
  } catch (error) {
    if (context.signal.aborted) return;
    const { code, message, remedy } = asPinkyError(error);
    context.out.note(context.out.foreign(`pinky: ${code}: ${message}; ${remedy}`));
  }
}
