import type { Logger } from '@pinky/protocol';
import { cgroupPath, otherCgroupPath } from '../launch/confinement.js';
import { endHooks } from '../launch/hooks.js';
import { readRunIdentity } from '../launch/run-identity.js';
import type { Machine } from '../machine/machine.js';
import { describeExit, type ExitStatus } from '../launch/exit-status.js';
import type { Ports } from '../ports/port-pool.js';
import { releaseAll } from '../ports/server-ports.js';
import type { ServerFiles } from '../record/server-files.js';
import type { GameServer } from './game-server.js';

/**
 * How long the answer to a stop waits for the last events to be published, milliseconds. Then nothing at all is left
 * behind.
 */
const publishMs = 2_000;

export interface RemovalParts {
  readonly server: GameServer;
  readonly files: ServerFiles;
  readonly ports: Ports;
  readonly machine: Pick<Machine, 'cgroupFolders' | 'removeCgroup'>;
  readonly log: Logger;
  /** Resolves when everything is published, or after the time. */
  readonly published: (timeoutMs: number) => Promise<void>;
}

/** Takes a server down whose game has ended and whose world is saved: removes everything that the server had. */
export class Removal {
  /** Cgroups of its games that could not be removed yet, by their folders. */
  #cgroups: readonly (readonly string[])[] = [];

  constructor(private readonly parts: RemovalParts) {}

  /** Removes what the server had, except what is not published yet. Then the server is down, `because` of something. */
  remove(because = 'it was stopped'): void {
    const { server, files, ports, machine } = this.parts;
    files.assertOurs();
    endHooks(files, server.record.now?.confinement);
    this.#cgroups = this.#gameCgroups().filter((folders) => !machine.removeCgroup(folders));
    server.runs.closeLast();
    files.keepHistory();
    releaseAll(ports, server.serverId, server.record.now);
    files.removeAllButRuns();
    server.forget();
    server.state.apply('exited', because);
  }

  /** Those that a game has joined, as its runs on disk say; and those that were made for a launch, if it has limits. */
  #gameCgroups(): readonly (readonly string[])[] {
    const { server, files, machine } = this.parts;
    const { box: { home }, serverId } = files;
    const made = server.record.now?.confinement?.limits
      ? [cgroupPath(home, serverId), otherCgroupPath(home, serverId)]
      : [];
    return [cgroupsOf(files), ...made.map((path) => machine.cgroupFolders(path))];
  }

  /** Removes the rest once it is published, unless the server has been started again. */
  async removeRest(): Promise<void> {
    const { server, files, published, machine } = this.parts;
    await published(publishMs);
    if (!server.record.now) for (const folders of this.#cgroups) machine.removeCgroup(folders);
    if (files.runs().length === 0 && !server.record.now) files.removeAll();
  }
}

/** How a game ended, for an event. Nothing if no game was running. */
export const told = (status: ExitStatus | undefined) => status && { ...status, how: describeExit(status) };

/** The folders of every cgroup that a game of this server has joined, as its runs on disk say. */
const cgroupsOf = (files: ServerFiles): readonly string[] => [
  ...new Set(files.runs().flatMap((run) => readRunIdentity(files.paths.run(run).identity)?.cgroups ?? [])),
];

/**
 * Removes a run that is published, and a cgroup of its game that no launch of this version makes anew: only the run
 * knows it.
 */
export function removeRun(files: ServerFiles, machine: Pick<Machine, 'removeCgroup'>, run: string): void {
  const { box: { home }, serverId } = files;
  const present = [cgroupPath(home, serverId), otherCgroupPath(home, serverId)];
  const joined = readRunIdentity(files.paths.run(run).identity)?.cgroups ?? [];
  const earlier = joined.filter((folder) => !present.some((path) => folder.endsWith(`/${path}`)));
  if (earlier.length > 0) machine.removeCgroup(earlier);
  files.removeRun(run);
}
