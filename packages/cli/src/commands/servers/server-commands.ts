import {
  assertOneLine,
  assertServerId,
  gapsInWords,
  PinkyError,
  type CommandName,
  type CommandResult,
} from '@pinky/protocol';
import { isSet, listFlag, textFlag, type Action, type Context } from '../../command-line/context.js';
import { meantServer } from '../../observe/meant-server.js';
import { QueueClient } from '../../talk/queue.js';
import { formatSize } from '../../terminal/figures.js';
import { showProgress } from '../../terminal/progress.js';
import { currentConfig } from '../../command-line/current-config.js';
import { deliveryText, type OrderWords } from './delivery.js';
import { definedFlags, folderHint, settingsOf, sourceFlag } from './start-flags.js';
import { startNotes } from '../notes/start-notes.js';
import { stopNotes } from '../notes/stop-notes.js';

/** Sends one command about one server, shows its progress, and resolves with the answer. */
async function sendCommand(
  context: Context,
  name: CommandName,
  data: Readonly<Record<string, unknown>>,
): Promise<CommandResult> {
  const { serverId } = data;
  assertServerId(serverId);
  const progress = showProgress(context.out);
  try {
    return await new QueueClient(context).command(name, data, progress.listener);
  } catch (error) {
    if (context.signal.aborted) {
      context.out.note(`the box goes on with it; \`pinky explain ${serverId}\` shows its progress`);
    }
    if (!(error instanceof PinkyError) || error.code !== 'not_running') throw error;
    throw new PinkyError('not_running', `${error.message}${await meant(context, serverId)}`, { cause: error });
  } finally {
    progress.done();
  }
}

/** `; did you mean …?` if the name of the server may be a typing error. */
const meant = async (context: Context, serverId: string): Promise<string> =>
  meantServer((await currentConfig(context)).servers, serverId);

export const start: Action = async (context, [serverId], flags) => {
  const [world, worldSha256] = ['world', 'worldSha256'].map((flag) => textFlag(flags, flag));
  const settings = settingsOf('--set', listFlag(flags, 'set'));
  const result = await sendCommand(context, 'start', {
    serverId,
    ...definedFlags(context, flags),
    ...(Object.keys(settings).length > 0 && { settings }),
    ...(world !== undefined && { world: world === 'new' ? world : sourceFlag(world, context.cwd) }),
    ...(worldSha256 !== undefined && { worldSha256 }),
  }).catch((error: unknown) => {
    const hint = folderHint(textFlag(flags, 'funpack') ?? '', context.cwd);
    if (!(error instanceof PinkyError) || error.code !== 'not_found' || hint === '') throw error;
    throw new PinkyError('not_found', `${error.message}${hint}`, { cause: error });
  });
  print(context, result, result.already ? `was ${result.state} already` : `is ${result.state}`);
  for (const note of startNotes(result)) context.out.note(context.out.paint('busy', `note: ${note}`));
};

/** Exits with 1 if the server is down without a final backup. */
export const stop: Action = async (context, [serverId], flags) => {
  const result = await sendCommand(context, 'stop', {
    serverId,
    ...(isSet(flags, 'discard') && { discard: true }),
  });
  const { already, state } = result;
  print(context, result, already ? `was down already${await meant(context, result.serverId)}` : `is ${state}`);
  for (const note of stopNotes(result)) context.out.note(context.out.paint('busy', context.out.foreign(note)));
  return result.backupFailed ? 1 : 0;
};

/** Exits with 1 if the server is down without a final backup. */
export const kill: Action = async (context, [serverId]) => {
  const result = await sendCommand(context, 'kill', { serverId });
  const { already, state } = result;
  print(context, result, already ? `was down already${await meant(context, result.serverId)}` : `is ${state}`);
  for (const note of stopNotes(result)) context.out.note(context.out.paint('busy', context.out.foreign(note)));
  return result.backupFailed ? 1 : 0;
};

export const restart: Action = async (context, [serverId]) => {
  const result = await sendCommand(context, 'restart', { serverId });
  print(context, result, `is ${result.state} again`);
};

export const rm: Action = async (context, [serverId], flags) => {
  const result = await sendCommand(context, 'rm', {
    serverId,
    ...(isSet(flags, 'withBackups') && { withBackups: true }),
    ...(isSet(flags, 'discard') && { discard: true }),
  });
  const kept = isSet(flags, 'withBackups') ? ', with its backups' : '; its backups stay';
  print(context, result, result.already ? 'was not there' : `is forgotten${kept}`);
};

export const backup: Action = async (context, [serverId], flags) => {
  const result = await sendCommand(context, 'backup', { serverId, ...(isSet(flags, 'force') && { force: true }) });
  context.out.answer(result, () => [
    `${context.out.paint('strong', result.serverId)} ${result.backup ? 'is backed up' : 'has nothing to back up'}`,
    ...backupLines(context, result),
  ]);
};

export const list: Action = async (context, [serverId]) => {
  const result = await sendCommand(context, 'list', { serverId });
  const players = result.players ?? [];
  context.out.answer(result, () => players.map((player) => context.out.foreign(player)));
  // not in the answer, so that `| wc -l` counts names
  if (players.length === 0) context.out.note(`nobody is connected to ${result.serverId}`);
};

export const tell: Action = async (context, [serverId, user, ...words]) => {
  const message = oneLine('message', words.join(' '));
  const data = { serverId, user: oneLine('user', user ?? ''), message };
  said(context, await sendCommand(context, 'tell', data), { done: `told ${user}`, order: `tell ${user}` });
};

export const kick: Action = async (context, [serverId, user, ...words]) => {
  const message = oneLine('message', words.join(' '));
  const data = { serverId, user: oneLine('user', user ?? ''), message };
  said(context, await sendCommand(context, 'kick', data), { done: `kicked ${user}`, order: `kick ${user}` });
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
  const data = { serverId, message: oneLine('message', words.join(' ')) };
  said(context, await sendCommand(context, 'broadcast', data), { done: 'heard it', order: 'tell everybody' });
  return 0;
};

/** Sends the message to every server that is up, and lists those that did not get it. */
async function broadcastToAll(context: Context, words: readonly string[]): Promise<number> {
  const message = oneLine('message', words.join(' '));
  const known = await new QueueClient(context).servers();
  const [first = '', ...rest] = words;
  if (rest.length > 0 && known.some(({ serverId }) => serverId === first)) {
    throw new PinkyError(
      'bad_command',
      `broadcast --all goes to every server, and ${first} is the id of one: leave it out, or put the message in ` +
        'quotes if it begins with that word',
    );
  }
  const servers = known.filter(({ state }) => state === 'up');
  const results = await Promise.all(servers.map(async ({ serverId }) => {
    try {
      await sendCommand(context, 'broadcast', { serverId, message });
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

/** Prints `1234 is up on port 10000 (pid 4711)`, and the backup if there is one. */
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
  const backup = `backup: ${out.foreign(written.url)}`;
  if (!('size' in written)) return [backup];
  return [
    `${backup} (${formatSize(written.size)}, sha256 ${written.sha256})`,
    ...gapsInWords(written).map((gap) => out.paint('busy', `note: in this backup, ${out.foreign(gap)}`)),
  ];
}

/** Prints what is known of an order. */
const said = ({ out }: Context, result: CommandResult, words: OrderWords): void =>
  out.answer(result, () => [`${out.paint('strong', result.serverId)} ${out.foreign(deliveryText(result, words))}`]);

function oneLine(field: string, text: string): string {
  assertOneLine(field, text);
  return text;
}
