import { asOf, knownBackups } from '@pinky/funpack-runner/light';
import {
  boxPaths,
  installedPaths,
  parkedWorlds,
  parkOf,
  readDefinitions,
  serverPaths,
  worldBackups,
  type BoxConfig,
  type Definition,
  type ScheduleView,
} from '@pinky/protocol';
import { viewBox } from '../observe/box-view.js';
import type { ServerRow } from '../observe/server-row.js';
import { diskUse } from './disk-use.js';

/** One server that is defined, or that has a folder. */
export interface KnownServer {
  readonly serverId: string;
  readonly funpack?: string;
  /** The wish of an operator. Absent for a server without a definition, which an older version started. */
  readonly wanted?: string;
  readonly state: string;
  /** The port that it has, or had when it ran last. */
  readonly port?: number;
  readonly players?: readonly string[];
  /** Its funpack does not tell who is connected, so `players` is empty. */
  readonly arePlayersUnknown?: true;
  /** When its world was last seen to be as its newest backup holds it, Unix milliseconds. */
  readonly newestBackup?: number;
  /** Where worlds of it are parked, oldest first. */
  readonly parked?: readonly string[];
  /** The size of its folder, its parked worlds, its history and its backups. */
  readonly diskBytes: number;
  /** Its definition was changed since it was started. */
  readonly appliesAtNextStart?: boolean;
  /** The schedule that runs next. */
  readonly nextSchedule?: ScheduleView;
}

/** Every server of a box, by id. Files say it all; supervisor and queue are asked for what is true now. */
export async function knownServers(home: string, config: BoxConfig): Promise<KnownServer[]> {
  const { servers, schedules } = await viewBox(home, config);
  const rows = new Map(servers.map((row) => [row.serverId, row]));
  const definitions = new Map(readDefinitions(home).map((each) => [each.serverId, each]));
  const ids = [...new Set([...rows.keys(), ...definitions.keys()])].sort();
  const sources = (id: string): Sources => ({
    home,
    config,
    row: rows.get(id),
    defined: definitions.get(id),
    nextSchedule: schedules.find((schedule) => schedule.serverId === id && schedule.next !== undefined),
  });
  return Promise.all(ids.map((id) => knownServer(id, sources(id))));
}

interface Sources {
  readonly home: string;
  readonly config: BoxConfig;
  readonly row: ServerRow | undefined;
  readonly defined: Definition | undefined;
  readonly nextSchedule: ScheduleView | undefined;
}

/** The age of a server's newest backup, as Unix milliseconds of its world. Undefined if there is none. */
export async function newestOf({ backups }: Pick<BoxConfig, 'backups'>, serverId: string): Promise<number | undefined> {
  const newest = (await knownBackups(backups, serverId)).at(-1);
  return newest && asOf(newest);
}

async function knownServer(serverId: string, sources: Sources): Promise<KnownServer> {
  const { home, config, row, defined, nextSchedule } = sources;
  const newestBackup = await newestOf(config, serverId);
  const wanted = defined?.wanted ?? row?.wanted;
  const port = row?.port ?? defined?.port;
  const parked = parkedWorlds(config.servers, serverId).map(({ path }) => path);
  const isChanged = row?.revision !== undefined && defined !== undefined && row.revision < defined.changedIn;
  return {
    serverId,
    ...(defined && { funpack: defined.funpackId ?? defined.funpack.url }),
    ...(wanted !== undefined && { wanted }),
    state: row?.state ?? 'down',
    ...(port !== undefined && { port }),
    ...(row?.players && { players: row.players }),
    ...(row?.arePlayersUnknown && { arePlayersUnknown: true as const }),
    ...(newestBackup !== undefined && { newestBackup }),
    ...(parked.length > 0 && { parked }),
    diskBytes: [
      serverPaths(config.servers, serverId).dir,
      parkOf(config.servers, serverId),
      installedPaths(config.servers, serverId).dir,
      boxPaths(home).history(serverId),
      worldBackups(config.backups, serverId),
    ].reduce((sum, path) => sum + diskUse(path), 0),
    ...(isChanged && { appliesAtNextStart: true }),
    ...(nextSchedule && { nextSchedule }),
  };
}
