import { assertServerId, PinkyError, type FetchResult, type StatusResult } from '@pinky/protocol';
import { textFlag, type Action, type Context, type Flags } from '../../command-line/context.js';
import { playersCount } from '../../known/players-count.js';
import { QueueClient } from '../../talk/queue.js';
import { formatDuration, formatSize } from '../../terminal/figures.js';
import { showProgress } from '../../terminal/progress.js';
import { sourceFlag } from './start-flags.js';

type StatusRow = StatusResult['servers'][number];

/** `pinky status [id]`: the state of one server, or of all that have a worker. */
export const status: Action = async (context, [serverId]) => {
  if (serverId !== undefined) assertServerId(serverId);
  const data = serverId === undefined ? {} : { serverId };
  const result = await new QueueClient(context).boxCommand<StatusResult>('status', data);
  context.out.answer(result, () => result.servers.flatMap((server) => statusLines(context, server)));
  if (result.servers.length === 0) context.out.note('no server runs');
};

function statusLines({ out, clock }: Context, server: StatusRow): string[] {
  const name = out.paint('strong', server.serverId);
  if (!('since' in server)) return [`${name} is ${server.state}`];
  const { game, state, since, port, players, because } = server;
  const place = port === undefined ? '' : ` on port ${port}`;
  const count = state === 'up' ? `, ${playersCount(server)} player${players.length === 1 ? '' : 's'}` : '';
  const age = formatDuration(Math.max(0, clock.wallNow() - since));
  return [
    `${name} [${out.foreign(game)}] is ${state}${place} for ${age}${count}`,
    ...(because === undefined || state === 'up' ? [] : [`  because ${out.foreign(because)}`]),
  ];
}

/** `pinky fetch`: brings a funpack, a world or both into the cache. */
export const fetch: Action = async (context, _args, flags) => {
  const flag = (name: string): string | undefined => textFlag(flags, name);
  const [funpack, world] = [flag('funpack'), flag('world')];
  if (funpack === undefined && world === undefined) {
    throw new PinkyError('bad_command', 'fetch needs --funpack <source>, --world <source>, or both');
  }
  const data = {
    ...(funpack !== undefined && { funpack: sourceFlag(funpack, context.cwd) }),
    ...(world !== undefined && { world: sourceFlag(world, context.cwd) }),
    ...sumsOf(flags),
  };
  const progress = showProgress(context.out);
  try {
    const result = await new QueueClient(context).boxCommand<FetchResult>('fetch', data, progress.listener);
    context.out.answer(result, () => fetchLines(context, result));
  } finally {
    progress.done();
  }
};

const sumFlags = ['funpackSha256', 'funpackMd5', 'worldSha256', 'worldMd5'] as const;

/** The checksums that were given. */
function sumsOf(flags: Flags): Record<string, string> {
  const given = sumFlags.map((name) => [name, textFlag(flags, name)] as const);
  return Object.fromEntries(given.flatMap(([name, sum]) => (sum === undefined ? [] : [[name, sum]])));
}

function fetchLines({ out }: Context, { funpack, world }: FetchResult): string[] {
  const size = world?.size === undefined ? '' : ` (${formatSize(world.size)}, sha256 ${world.sha256})`;
  return [
    ...(funpack ? [`funpack ${out.foreign(funpack.url)} is in ${out.foreign(funpack.path)}`] : []),
    ...(world ? [`world ${out.foreign(world.url)} is in ${out.foreign(world.path)}${size}`] : []),
  ];
}
