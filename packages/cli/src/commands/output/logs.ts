import { momentOf } from '@pinky/funpack-runner/light';
import { assertServerId, parseDuration, PinkyError } from '@pinky/protocol';
import { isSet, textFlag, type Context, type Flags } from '../../command-line/context.js';
import { consoleWriter, type ConsoleWriter } from '../../console/console-writer.js';
import { followConsole } from '../../console/follow.js';
import { hasConsole, type ConsoleBox } from '@pinky/protocol/console';
import { maskedWriter, maskOf } from '../../console/masked-writer.js';
import { positionSince } from '../../console/since.js';
import { readTail, type ConsolePosition } from '../../console/tail.js';
import { meantServer } from '../../observe/meant-server.js';
import { currentConfig } from '../../command-line/current-config.js';
import { showInstallLog } from './install-log.js';

/** `pinky logs`: reads the files, so it works even if everything is dead. */
export async function logs(context: Context, [serverId]: readonly string[], flags: Flags): Promise<void> {
  assertServerId(serverId);
  const [given, since, grep] = ['lines', 'since', 'grep'].map((name) => textFlag(flags, name));
  const isFollowing = isSet(flags, 'follow');
  const lines = given === undefined ? undefined : lineCount(given);
  if (isSet(flags, 'install')) return showInstallLog(context, serverId, lines ?? 100);
  if (since === undefined && grep === undefined) {
    return showConsole(context, { serverId, lines: lines ?? 100, isFollowing });
  }
  await search(context, {
    serverId,
    lines,
    isFollowing,
    since: since === undefined ? undefined : sinceOf(since, context.clock.wallNow()),
    pattern: grep === undefined ? undefined : patternOf(grep),
  });
}

interface Search {
  readonly serverId: string;
  readonly lines: number | undefined;
  readonly isFollowing: boolean;
  readonly since: number | undefined;
  readonly pattern: RegExp | undefined;
}

/** Prints what a console has had since a moment, or the lines that match. */
async function search(context: Context, { serverId, lines, isFollowing, since, pattern }: Search): Promise<void> {
  const box = await currentConfig(context);
  if (!isFollowing) assertConsole(box, serverId);
  const filter = pattern && { filter: (line: string) => pattern.test(line) };
  const found = since === undefined ? { run: undefined, offset: 0 } : positionSince(box, serverId, since);
  // nothing is new enough: only what comes from now on
  const from = found ?? (await readTail(box, serverId, 0)).position;
  const mask = maskOf(box, serverId);
  const writer = maskedWriter(consoleWriter(context, { ...filter, ...(lines !== undefined && { last: lines }) }), mask);
  const read = (position: ConsolePosition, signal: AbortSignal, to: ConsoleWriter): Promise<ConsolePosition> =>
    followConsole({
      box,
      serverId,
      from: position,
      clock: context.clock,
      signal,
      write: to.write,
    });
  const position = await read(from, AbortSignal.abort(), writer);
  writer.end();
  if (!isFollowing) return;
  const live = maskedWriter(consoleWriter(context, filter), mask);
  await read(position, context.signal, live);
  live.end();
}

/** `10m` and `2h` are ago; everything else is read as the times of `restore --at` are. Throws `bad_command`. */
function sinceOf(text: string, now: number): number {
  const ago = parseDuration(text);
  return ago === undefined ? momentOf(text, now) : now - ago;
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text, 'iu');
  } catch (cause) {
    throw new PinkyError('bad_command', `--grep ${JSON.stringify(text)} is not a regular expression`, { cause });
  }
}

export interface ConsoleRequest {
  readonly serverId: string;
  readonly lines: number;
  readonly isFollowing: boolean;
  /** Where the bytes go; else to stdout. */
  readonly writer?: ConsoleWriter;
}

/** Prints the last lines of a console, and follows it if asked to. Throws `not_running` if there is none to print. */
export async function showConsole(
  context: Context,
  { serverId, lines, isFollowing, writer: given }: ConsoleRequest,
): Promise<void> {
  const box = await currentConfig(context);
  const { servers } = box;
  if (isFollowing && !hasConsole(box, serverId)) {
    context.out.note(
      `note: server ${serverId} has no console yet; waiting for its start${meantServer(servers, serverId)}`,
    );
  }
  if (!isFollowing) assertConsole(box, serverId);
  const { write, end } = maskedWriter(given ?? consoleWriter(context), maskOf(box, serverId));
  const { chunks, position } = await readTail(box, serverId, lines);
  for (const chunk of chunks) write(chunk);
  if (isFollowing) {
    await followConsole({
      box,
      serverId,
      from: position,
      clock: context.clock,
      signal: context.signal,
      write,
    });
  }
  end();
}

/** Throws `not_running` if there is nothing to read. */
export function assertConsole(box: ConsoleBox, serverId: string): void {
  if (!hasConsole(box, serverId)) {
    throw new PinkyError(
      'not_running',
      `server ${serverId} has no console in ${box.servers}: it has not run here, or it was ` +
        `forgotten${meantServer(box.servers, serverId)}`,
    );
  }
}

export function lineCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new PinkyError('bad_command', `-n ${JSON.stringify(text)}: write a number`);
  return Number(text);
}
