import { PinkyError, readDefinition, type BoxConfig, type Definition, type ScheduleView } from '@pinky/protocol';
import type { Context } from '../../command-line/context.js';
import { newestOf } from '../../known/known-servers.js';
import type { ParkedFact } from '../../known/unsaved-worlds.js';
import { lastEndOf } from '../../observe/disk.js';
import { meantServer } from '../../observe/meant-server.js';
import { formatDuration } from '../../terminal/figures.js';

export interface DownServer {
  readonly serverId: string;
  readonly config: BoxConfig;
  readonly parked: readonly ParkedFact[];
  readonly schedules: readonly ScheduleView[];
  /** The schedules in words. */
  readonly comes: readonly string[];
  /** Why a command waits for its worker. */
  readonly waits: string | undefined;
  readonly notes: readonly string[];
}

/**
 * `pinky explain` of a server that has no folder: what its definition, its parked worlds and its backups say. Throws
 * `not_running` for one that nothing here knows.
 */
export async function explainDown(context: Context, server: DownServer): Promise<void> {
  const { serverId, config, parked, schedules, comes, waits, notes } = server;
  const { home, out, clock } = context;
  const defined = readDefinition(home, serverId);
  const newest = await newestOf(config, serverId);
  const isKnown = defined !== undefined || waits !== undefined || newest !== undefined;
  if (!isKnown && parked.length === 0 && schedules.length === 0) {
    throw new PinkyError(
      'not_running',
      `server ${serverId} is down: it has no folder in ${config.servers}; it was never started here, or it was ` +
        `removed${meantServer(config.servers, serverId)}`,
    );
  }
  const known = typeof defined === 'object' ? defined : undefined;
  const facts = {
    serverId,
    state: 'down',
    ...(known && { since: known.wantedSince, wanted: known.wanted, because: becauseOf(home, known) }),
    ...(known && { funpack: known.funpackId ?? known.funpack.url }),
    ...(known?.port !== undefined && { port: known.port }),
    ...(known?.onExit !== undefined && { onExit: known.onExit }),
    ...(newest !== undefined && { newestBackup: newest }),
    ...(parked.length > 0 && { parked }),
    ...(schedules.length > 0 && { schedules }),
    ...(waits !== undefined && { waits }),
    notes,
  };
  out.answer(facts, () => [
    `${out.paint('strong', serverId)} is down`,
    ...(waits === undefined ? [] : [`  a command waits for its worker: ${out.foreign(waits)}`]),
    ...(known ? definitionLines(context, known) : []),
    ...(known || waits !== undefined ? [] : ['  it has no definition: a start needs --funpack']),
    ...comes,
    ...(newest === undefined ? [] : [`  its newest backup is ${formatDuration(clock.wallNow() - newest)} old`]),
    ...parked.map(({ what }) => `  ${out.foreign(what)}`),
    ...notes.map((note) => out.paint('busy', `note: ${note}`)),
  ]);
}

/** The journal of its last run says it, if it is kept. */
function becauseOf(home: string, { serverId, wanted }: Definition): string {
  if (wanted === 'up') return 'the box is down, or has not started it yet';
  const end = lastEndOf(home, serverId);
  if (end === undefined) return 'it was stopped, or ended by itself';
  return end.because ?? `it was stopped${end.how === undefined ? '' : `: its game ${end.how}`}`;
}

function definitionLines({ out, home }: Context, known: Definition): string[] {
  const { funpack, funpackId, wanted, wantedSince, port } = known;
  return [
    `  because ${out.foreign(becauseOf(home, known))}`,
    `  wanted: ${wanted}, since ${new Date(wantedSince).toISOString()}`,
    `  its funpack is ${out.foreign(funpackId ?? funpack.url)}${port === undefined ? '' : `, its port ${port}`}`,
    ...exitLines(known),
  ];
}

/** The rules that an operator gave for games that end by themselves. */
export const exitLines = ({ onExit }: Pick<Definition, 'onExit'>): string[] =>
  (onExit === undefined ? [] : [`  by its definition, if the game ends by itself: ${onExit}`]);
