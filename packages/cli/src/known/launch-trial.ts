import { existsSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { checkSettings, knownFunpack, launchSpec, type Funpack } from '@pinky/funpack-runner/light';
import {
  hasNamespaces,
  homeIdentity,
  isRoot,
  lacksFor,
  namedUser,
  nodeFolder,
  ownUser,
  ownUsers,
  tryGuise,
  userOfFunpack,
  userToBe,
  type GameUser,
  type GuiseStep,
} from '@pinky/jail';
import {
  asPinkyError,
  boxPaths,
  namesIn,
  parkedWorlds,
  serverPaths,
  type BoxConfig,
  type Definition,
} from '@pinky/protocol';
import { formatSize } from '../terminal/figures.js';

/** The trial of a server's launch under one isolation. */
export interface LaunchTrial {
  readonly isolation: 'user' | 'strict';
  readonly uid?: number;
  /** Why nothing could be tried. */
  readonly lacks?: string;
  readonly steps: readonly GuiseStep[];
  /** The things that the start would give to the game's user, or open to it, a sentence each. */
  readonly changes: readonly string[];
}

/** Tries how the server would be launched, as far as exec(2). Changes nothing, whether its game runs or not. */
export function tryLaunch(config: BoxConfig, definition: Definition, isolation: 'user' | 'strict'): LaunchTrial {
  const nothing = (lacks: string): LaunchTrial => ({ isolation, lacks, steps: [], changes: [] });
  const lacks = lacksFor(isolation, config);
  if (lacks !== undefined) return nothing(lacks);
  const funpack = knownFunpack(config, definition);
  const { url } = definition.funpack;
  if (!funpack) return nothing(`its funpack ${url} is not on this machine; \`pinky fetch\` brings it`);
  try {
    const user = userFor(config, definition.serverId, funpack);
    const steps = stepsOf(config, definition, { isolation, user, funpack });
    return { isolation, uid: user.uid, steps, changes: changesOf(config, definition.serverId, user) };
  } catch (error) {
    return nothing(asPinkyError(error).message);
  }
}

/** The user that the next start would give it. */
function userFor(config: BoxConfig, serverId: string, { manifest: { runAs, name } }: Funpack): GameUser {
  const { users = { first: 0, count: 0, name: undefined } } = config.isolation ?? {};
  if (!isRoot()) return ownUser();
  if (users.name !== undefined) return namedUser(users.name, ownUsers(config), '`users.name` in pinky.yml');
  if (runAs !== undefined) return userOfFunpack(config, name, runAs);
  return userToBe(boxPaths(config.home).users, serverId, users, homeIdentity(config.home));
}

function stepsOf(
  config: BoxConfig,
  { serverId, port, ram, settings }: Definition,
  { isolation, user, funpack }: {
    readonly isolation: 'user' | 'strict';
    readonly user: GameUser;
    readonly funpack: Funpack;
  },
): readonly GuiseStep[] {
  const paths = serverPaths(config.servers, serverId);
  const sharedDir = join(boxPaths(config.home).shared, funpack.digest);
  const { command, env } = launchSpec(funpack, {
    serverId,
    port: port ?? config.ports.first,
    ram,
    settings: checkSettings(funpack.manifest, settings),
    workingDir: paths.working,
    sharedDir,
    datafile: paths.datafile,
    home: paths.working,
  });
  return tryGuise({
    isolation: { kind: isolation, user, hasNamespaces: hasNamespaces(), ...(!isRoot() && { isRootless: true }) },
    working: paths.working,
    funpackDir: funpack.dir,
    readable: [sharedDir, `${sharedDir}.data`, ...nodeFolder(), ...(config.isolation?.visible ?? [])],
    opened: [config.home, config.servers].filter((dir) => existsSync(dir)),
    program: command[0] ?? '',
    path: env['PATH'] ?? '',
  });
}

function changesOf(config: BoxConfig, serverId: string, user: GameUser): string[] {
  const { working } = serverPaths(config.servers, serverId);
  const worlds = [working, ...parkedWorlds(config.servers, serverId).map(({ path }) => path)];
  if (!isRoot()) return [];
  const isOpen = (lstatSync(config.home).mode & 0o011) === 0o011;
  return [
    ...(isOpen ? [] : [`others may pass through ${config.home}, and read nothing of it`]),
    ...worlds.flatMap((dir) => givenOf(dir, user)),
  ];
}

function givenOf(dir: string, { uid }: GameUser): string[] {
  const { files, bytes } = othersIn(dir, uid);
  return files === 0 ? [] : [`${files} files and folders in ${dir} (${formatSize(bytes)}) become those of user ${uid}`];
}

/** Everything that belongs to another user, the folder itself included. */
function othersIn(path: string, uid: number): { readonly files: number; readonly bytes: number } {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats) return { files: 0, bytes: 0 };
  const inner = stats.isDirectory() ? namesIn(path).map((name) => othersIn(join(path, name), uid)) : [];
  const own = stats.uid === uid ? { files: 0, bytes: 0 } : { files: 1, bytes: stats.isFile() ? stats.size : 0 };
  return [own, ...inner].reduce((sum, one) => ({ files: sum.files + one.files, bytes: sum.bytes + one.bytes }));
}
