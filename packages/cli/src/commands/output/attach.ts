import { asPinkyError, assertOneLine, assertServerId } from '@pinky/protocol';
import { withSignal, type Context } from '../../command-line/context.js';
import { typedLines, type Terminal } from '../../console/typed-lines.js';
import { playersCount } from '../../known/players-count.js';
import { QueueClient } from '../../talk/queue.js';
import { currentConfig } from '../../command-line/current-config.js';
import { assertConsole, showConsole } from './logs.js';

/** How long a game may take to answer the last line from a pipe, in milliseconds. */
const answerMs = 500;

/** `pinky attach`: prints the console, and sends each typed line to the game. Ctrl-D or Ctrl-C ends it. */
export async function attach(context: Context, [serverId]: readonly string[]): Promise<void> {
  assertServerId(serverId);
  await attachTo(context, serverId, { lines: 10, leaving: 'Ctrl-D leaves, and the game goes on' });
}

export interface Attachment {
  /** How many lines of before are shown. */
  readonly lines: number;
  /** The way out, and what it means for the game. */
  readonly leaving: string;
  /** Shows more by `terminal.say`, until its context's `signal` aborts. A failure of it is told, and ends nothing. */
  readonly beside?: (context: Context, terminal: Terminal) => Promise<void>;
}

/** The same for a server whose id is sound. */
export async function attachTo(context: Context, serverId: string, attachment: Attachment): Promise<void> {
  const { lines, leaving, beside } = attachment;
  assertConsole(await currentConfig(context), serverId);
  const end = new AbortController();
  const onAbort = (): void => end.abort();
  if (context.signal.aborted) end.abort();
  else context.signal.addEventListener('abort', onAbort, { once: true });
  const inner = withSignal(context, end.signal);
  const terminal = typedLines(inner, `${serverId}> `);
  if (terminal.isEdited) await greet(inner, { serverId, terminal, leaving });
  const writer = terminal.writer && { writer: terminal.writer };
  const showing = showConsole(inner, { serverId, lines, isFollowing: true, ...writer });
  const more = beside?.(inner, terminal).catch((error: unknown) => tell(inner, terminal, error));
  try {
    await Promise.race([sendLines(inner, serverId, terminal), showing]);
    // A pipe ends before the game has answered its last line.
    if (context.out.streams.stdin.isTTY !== true) {
      await context.clock.rest(answerMs, end.signal);
    }
  } finally {
    end.abort();
    terminal.close();
    context.signal.removeEventListener('abort', onAbort);
    await Promise.all([showing, more]);
  }
}

/** Says where one is, and how to leave. A queue that is away takes nothing from it but the server's state. */
async function greet(
  context: Context,
  { serverId, terminal, leaving }: { serverId: string; terminal: Terminal; leaving: string },
): Promise<void> {
  const { out, home, clock, signal } = context;
  const servers = await new QueueClient({ home, clock, signal, patienceMs: 0 }).servers().catch(() => []);
  const server = servers.find((one) => one.serverId === serverId);
  const port = server?.port === undefined ? '' : ` on port ${server.port}`;
  const players = server?.state === 'up' ? `, ${playersCount(server)} connected` : '';
  const state = server ? ` [${out.foreign(server.game)}], ${server.state}${port}${players}` : '';
  terminal.say(out.paint('quiet', `attached to ${serverId}${state}; your lines go to its console`));
  terminal.say(out.paint('quiet', `${leaving}; the arrow up brings back lines of before`));
}

/** Sends one line after the other, as they were typed. It reports a refused line and goes on with the next. */
async function sendLines(context: Context, serverId: string, terminal: Terminal): Promise<void> {
  for await (const line of terminal.lines) {
    if (context.signal.aborted) return;
    // an empty line of a person is a slip of the finger
    if (!(terminal.isEdited && line.trim() === '')) await sendLine(context, { serverId, line, terminal });
    terminal.ask();
  }
}

interface TypedLine {
  readonly serverId: string;
  readonly line: string;
  readonly terminal: Terminal;
}

async function sendLine(context: Context, { serverId, line, terminal }: TypedLine): Promise<void> {
  const { out } = context;
  try {
    assertOneLine('line', line);
    const { reply = [] } = await new QueueClient(context).command('console', { serverId, line });
    for (const answer of reply) terminal.say(out.foreign(answer)); // no console shows it
  } catch (error) {
    tell(context, terminal, error);
  }
}

/** Tells a failure by which the rest goes on. At the end, one is only the end. */
function tell({ out, signal }: Context, terminal: Terminal, error: unknown): void {
  if (signal.aborted) return;
  const { code, message, remedy } = asPinkyError(error);
  terminal.warn(out.foreign(`pinky: ${code}: ${message}; ${remedy}`));
}
