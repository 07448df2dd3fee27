import { assertOneLine, assertServerId, PinkyError, type CommandName, type CommandResult } from '@pinky/protocol';
import { isSet, listFlag, textFlag, type Action, type Context } from '../command-line/context.js';
import { formatSize } from '../config/sizes.js';
import { meantServer } from '../observe/meant-server.js';
import { showProgress } from '../terminal/progress.js';
import { currentConfig } from './current-config.js';
import { queueOf } from './reach.js';
import { settingsNotes } from './settings-notes.js';
import { ramOf, settingsOf, sourceFlag } from './start-flags.js';

/** Sends one command about one server and prints its answer. */
async function obey(
  context: Context,
  name: CommandName,
  data: Readonly<Record<string, unknown>>,
): Promise<CommandResult> {
  const { serverId } = data;
  assertServerId(serverId);
  const progress = showProgress(context.out);
  try {
    return await queueOf(context).command(name, data, progress.listener);
  } catch (error) {
    if (context.signal.aborted) {
      context.out.note(`the box goes on with it; \`pinky explain ${serverId}\` says how far it is`);
    }
    if (!(error instanceof PinkyError) || error.code !== 'not_running') throw error;
    throw new PinkyError('not_running', `${error.message}${await meant(context, serverId)}`, { cause: error });
  } finally {
    progress.done();
  }
}

/** A typing error in a server's name, maybe. */
const meant = async (context: Context, serverId: string): Promise<string> =>
  meantServer((await currentConfig(context)).servers, serverId);

export const start: Action = async (context, [serverId], flags) => {
  const ram = textFlag(flags, 'ram');
  const [funpackSha256, worldSha256, funpackId] = ['funpackSha256', 'worldSha256', 'funpackId'].map((flag) =>
    textFlag(flags, flag),
  );
  const world = textFlag(flags, 'world');
  const settings = settingsOf(listFlag(flags, 'set'));
  const result = await obey(context, 'start', {
    serverId,
    funpack: sourceFlag(textFlag(flags, 'funpack') ?? '', context.cwd),
    settings,
    ...(ram !== undefined && { ram: ramOf(ram) }),
    ...(world !== undefined && { world: world === 'new' ? world : sourceFlag(world, context.cwd) }),
    ...(funpackSha256 !== undefined && { funpackSha256 }),
    ...(worldSha256 !== undefined && { worldSha256 }),
    ...(funpackId !== undefined && { funpackId }),
  });
  print(context, result, result.already ? `was ${result.state} already` : `is ${result.state}`);
  for (const note of await settingsNotes(context.home, result, settings))
    context.out.note(context.out.paint('busy', `note: ${note}`));
};

export const stop: Action = async (context, [serverId]) => {
  const result = await obey(context, 'stop', { serverId });
  print(
    context,
    result,
    result.already ? `was down already${await meant(context, result.serverId)}` : `is ${result.state}`,
  );
};

export const restart: Action = async (context, [serverId]) => {
  const result = await obey(context, 'restart', { serverId });
  print(context, result, `is ${result.state} again`);
};

export const backup: Action = async (context, [serverId]) => {
  const result = await obey(context, 'backup', { serverId });
  context.out.answer(result, () => [
    `${context.out.paint('strong', result.serverId)} ${result.backup ? 'is backed up' : 'has nothing to back up'}`,
    ...backupLines(context, result),
  ]);
};

export const list: Action = async (context, [serverId]) => {
  const result = await obey(context, 'list', { serverId });
  const players = result.players ?? [];
  context.out.answer(result, () => players.map((player) => context.out.foreign(player)));
  // beside the answer: `| wc -l` counts names
  if (players.length === 0) context.out.note(`nobody is connected to ${result.serverId}`);
};

export const tell: Action = async (context, [serverId, user, ...words]) => {
  const message = oneLine('message', words.join(' '));
  said(context, await obey(context, 'tell', { serverId, user: oneLine('user', user ?? ''), message }), `told ${user}`);
};

export const kick: Action = async (context, [serverId, user, ...words]) => {
  const message = oneLine('message', words.join(' '));
  said(
    context,
    await obey(context, 'kick', { serverId, user: oneLine('user', user ?? ''), message }),
    `kicked ${user}`,
  );
};

export const broadcast: Action = async (context, args, flags) => {
  const isForAll = isSet(flags, 'all');
  const [serverId, ...rest] = args;
  const words = isForAll ? args : rest;
  if (words.join('').trim() === '') {
    throw new PinkyError(
      'bad_command',
      'broadcast needs a message: pinky broadcast <id> <message…>, or --all <message…>',
    );
  }
  if (isForAll) return broadcastToAll(context, words);
  said(
    context,
    await obey(context, 'broadcast', { serverId, message: oneLine('message', words.join(' ')) }),
    'heard it',
  );
  return 0;
};

/** Every server that is up hears it; one that does not is named, and the others hear it all the same. */
async function broadcastToAll(context: Context, words: readonly string[]): Promise<number> {
  const message = oneLine('message', words.join(' '));
  const known = await queueOf(context).servers();
  const [first = '', ...rest] = words;
  if (rest.length > 0 && known.some(({ serverId }) => serverId === first)) {
    throw new PinkyError(
      'bad_command',
      `broadcast --all goes to every server, and ${first} is one: leave it out, or put the message in quotes if it ` +
        'begins with that word',
    );
  }
  const servers = known.filter(({ state }) => state === 'up');
  const results = await Promise.all(servers.map(async ({ serverId }) => {
    try {
      await obey(context, 'broadcast', { serverId, message });
      return { serverId, ok: true };
    } catch (error) {
      return { serverId, ok: false, error: error instanceof Error ? error.message : String(error) };
    }
  }));
  context.out.answer({ results }, () =>
    results.length === 0
      ? ['no server is up']
      : results.map((one) => `${one.serverId} ${one.ok ? 'heard it' : `did not hear it: ${one.error}`}`),
  );
  return results.every((one) => one.ok) ? 0 : 1;
}

/** `1234 is up on port 10000 (pid 4711)`, and what was backed up. */
function print(context: Context, result: CommandResult, what: string): void {
  const { out } = context;
  const port = result.port === undefined ? '' : ` on port ${result.port}`;
  const place = `${port}${result.pid === undefined ? '' : ` (pid ${result.pid})`}`;
  out.answer(result, () => [
    `${out.paint('strong', result.serverId)} ${what}${place}`,
    ...backupLines(context, result),
  ]);
}

function backupLines({ out }: Context, { backup: written }: CommandResult): string[] {
  if (!written) return [];
  const size = 'size' in written ? ` (${formatSize(written.size)}, sha256 ${written.sha256})` : '';
  return [`backup: ${out.foreign(written.url)}${size}`];
}

/** Where only the word counts. */
const said = ({ out }: Context, result: CommandResult, what: string): void =>
  out.answer(result, () => [`${out.paint('strong', result.serverId)} ${out.foreign(what)}`]);

function oneLine(field: string, text: string): string {
  assertOneLine(field, text);
  return text;
}
