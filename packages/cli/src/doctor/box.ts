import { existsSync } from 'node:fs';
import { asPinkyError, boxPaths, namesIn, type BoxConfig } from '@pinky/protocol';
import { assertIdentity } from '@pinky/queue/owner';
import { readStat } from '@pinky/supervisor/identity';
import { serversOnDisk, textOf, type ServerOnDisk } from '../observe/disk.js';
import { findProcesses, type FoundProcess } from '../observe/processes.js';
import { askForTree, type SeenChild, type SupervisorView } from '../talk/supervisor.js';
import { assertServersOurs, foldersForSockets, misplacedIn, pinkyVersion } from '@pinky/box/home';
import { failingChildren, failureRemedy, failureText } from '../known/failing-children.js';
import { otherCopyRemedy, otherCopyTexts } from '../known/other-copy.js';
import { removedRemedy, removedText } from '../known/removed-release.js';
import type { Finding } from './finding.js';

/** Whether the box runs, and as which version. */
export async function checkBox(
  home: string,
): Promise<{ readonly finding: Finding; readonly tree: SupervisorView | undefined; readonly isThere: boolean }> {
  try {
    const tree = await askForTree(home);
    const found = `box ${tree.box} runs (pid ${tree.pid}, version ${tree.version})`;
    const isCurrent = tree.version === pinkyVersion();
    const finding: Finding = isCurrent
      ? { name: 'box', level: 'ok', found }
      : {
          name: 'box',
          level: 'odd',
          found: `${found}; this command is ${pinkyVersion()}`,
          fix: '`pinky upgrade` lets this version take over; no game stops',
        };
    return { finding, tree, isThere: true };
  } catch (error) {
    const { code, message, remedy } = asPinkyError(error);
    const finding: Finding =
      code === 'supervisor_unreachable'
        ? { name: 'box', level: 'ok', found: 'not running' }
        : {
            name: 'box',
            level: 'bad',
            found: message,
            fix: isThere.has(code)
              ? remedy
              : `see ${boxPaths(home).logDir}; \`kill -CONT\` makes the supervisor write a dump to /tmp`,
          };
    return { finding, tree: undefined, isThere: isThere.has(code) };
  }
}

/** A supervisor runs, and cannot be asked. */
const isThere: ReadonlySet<string> = new Set(['socket_gone', 'home_moved', 'deadline_exceeded']);

/** Each thing in the home that stands where Pinky needs another one. API and webhooks are in no game's way. */
export function checkPlaces(config: Parameters<typeof misplacedIn>[0]): Finding[] {
  const misplaced = misplacedIn(config).filter(({ path }) => path !== config.home); // that has a check of its own
  const found = misplaced.map(({ kind, isBeside, because, remedy }): Finding => ({
    name: kind,
    level: isBeside ? 'odd' : 'bad',
    found: because,
    fix: remedy,
  }));
  return found.length > 0 ? found : [...checkIdentity(config.home), ...checkOwner(config)];
}

function checkIdentity(home: string): Finding[] {
  try {
    assertIdentity(home);
    return [];
  } catch (error) {
    const { message, remedy } = asPinkyError(error);
    return [{ name: 'identity', level: 'bad', found: message, fix: remedy }];
  }
}

/** Whether the servers are those of this home. */
export function checkOwner(config: Parameters<typeof assertServersOurs>[0]): Finding[] {
  try {
    assertServersOurs(config);
    return [];
  } catch (error) {
    const { message, remedy } = asPinkyError(error);
    return [{ name: 'servers', level: 'bad', found: message, fix: remedy }];
  }
}

/** Whether the programs of the version that runs are still there. */
export const checkRelease = (folder: string | undefined): Finding[] => (folder === undefined ? [] : [{
  name: 'version',
  level: 'bad',
  found: removedText(folder),
  fix: removedRemedy,
}]);

/** Whether everything runs the programs of one copy of Pinky. */
export const checkCopies = (children: readonly SeenChild[]): Finding[] =>
  otherCopyTexts(children).map((text) => odd('version', text, otherCopyRemedy));

/** Children that end again and again. API and webhooks are in no game's way. */
export function checkChildren(home: string, children: readonly SeenChild[]): Finding[] {
  const failing = failingChildren(home, children);
  const isQueueGone = children.some(({ role, pid }) => role === 'queue' && pid === undefined);
  return [
    ...failing.map((child): Finding => ({
      name: child.role,
      level: child.role === 'api' || child.role === 'webhooks' ? 'odd' : 'bad',
      found: failureText(child),
      fix: failureRemedy(child.failure),
    })),
    ...(isQueueGone && !failing.some(({ role }) => role === 'queue')
      ? [odd('queue', 'no process of it runs just now', 'the supervisor starts it again; ask once more in a moment')]
      : []),
  ];
}

/** Processes and files of earlier runs that no process owns now. */
export function checkAbandoned(config: BoxConfig, isRunning: boolean): Finding[] {
  if (isRunning) return [];
  const paths = boxPaths(config.home);
  const found = findProcesses(config.home);
  const haveOwner = found.some(({ role }) => role === 'worker' || role === 'queue');
  const pid = Number.parseInt(textOf(paths.supervisorPid), 10);
  const servers = serversOnDisk(config);
  const deadServers = servers.filter((server) => server.recordedPid !== undefined && server.pid === undefined);
  return [
    ...runningOn(found, servers),
    ...(pid > 0 && !readStat(pid)
      ? [odd('supervisor.pid', `names ${pid}, which is gone`, 'nothing to do: the next `pinky up` replaces it')]
      : []),
    ...[paths.supervisorSocket, paths.queueSocket]
      .filter((path) => existsSync(path) && !haveOwner && !foldersForSockets(config).includes(path))
      .map((path) => odd('socket', `${path} has no owner`, 'nothing to do: the next `pinky up` replaces it')),
    ...deadServers.map((server) =>
      odd(
        'pid file',
        `server ${server.serverId}: pid ${server.recordedPid} is gone`,
        'the next `pinky up` starts the server again, or finishes its stop',
      ),
    ),
    ...namesIn(config.home)
      .filter((name) => /^effective\.json\.\d+$/.test(name))
      .map((name) => odd('draft', `${name} was never finished`, `rm ${config.home}/${name}`)),
  ];
}

/** The processes that nobody supervises, and the games that no worker watches. A game with a worker is well. */
function runningOn(found: readonly FoundProcess[], servers: readonly ServerOnDisk[]): Finding[] {
  const isWatched = (serverId: string): boolean =>
    found.some((one) => one.role === 'worker' && one.serverId === serverId);
  const all = [
    ...found.filter(({ role }) => role !== 'supervisor').map((one) => `${one.pid} (${nameOf(one)})`),
    ...servers
      .filter(({ serverId, pid }) => pid !== undefined && !isWatched(serverId))
      .map(({ serverId, pid }) => `${pid} (the game of ${serverId}, which no worker watches)`),
  ];
  if (all.length === 0) return [];
  const fix = "`pinky up --daemonize` takes them over if no other box has this one's name; `pinky down` stops them";
  return [odd('processes', `${all.length} of this box run without a supervisor: ${all.join(', ')}`, fix)];
}

const nameOf = ({ role, serverId }: FoundProcess): string =>
  role === 'redis' ? 'redis-server' : serverId === undefined ? role : `${role} ${serverId}`;

const odd = (name: string, found: string, fix: string): Finding => ({ name, level: 'odd', found, fix });
