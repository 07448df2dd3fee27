import type { Funpack } from '@pinky/funpack-runner/light';
import { PinkyError, type BoxConfig, type Clock, type Logger, type ProgressListener } from '@pinky/protocol';
import { withUserOf, type Confinement } from '../launch/confinement.js';
import type { GameServer } from '../life/game-server.js';
import type { Next } from '../life/server-state.js';
import type { WorldParking } from '../park/world-parking.js';
import type { ServerFiles } from '../record/server-files.js';
import type { GameRun } from '../run/game-run.js';
import { linkFolders } from './folder-links.js';
import type { PreparationInput, RunningProgram } from './preparation-input.js';

export interface StartPreparationParts {
  readonly server: GameServer;
  readonly files: ServerFiles;
  readonly parking: WorldParking;
  readonly config: () => BoxConfig;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onProgress: ProgressListener;
}

/** The input of a server's preparations, and what its record and its run learn from them. */
export class StartPreparation {
  constructor(private readonly parts: StartPreparationParts) {}

  /** The input of a preparation, apart from the start itself, and the reactions to its findings. */
  inputOf(run: GameRun): Omit<PreparationInput, 'start' | 'port' | 'takePorts' | 'signal'> {
    const { server, files, parking, config, clock, log, onProgress } = this.parts;
    const { serverId, record } = server;
    return {
      config: config(),
      files,
      hasWorld: record.now?.hasWorld === true,
      parking,
      takenBack: record.now?.takenBack,
      confinement: record.now?.confinement,
      confine: (funpack) => this.#confine(funpack),
      onProgress,
      onLine: (line) => log.info({ event: 'funpack.output', serverId, line: line.slice(0, 1_000) }),
      onFunpack: (funpack, context) => {
        record.change({ funpack: { dir: funpack.dir, digest: funpack.digest } });
        const isPersistent = funpack.manifest.persistent === true;
        const folders = { paths: files.paths, config: config(), funpackDir: funpack.dir };
        linkFolders({ ...folders, serverId, isPersistent, log });
        server.prepare({ funpack, context });
        run.speak(funpack, context);
      },
      onInstall: (path) => server.state.expect(installing(path)),
      onProgram: (program) => server.state.expect(program ? running(program, clock.wallNow()) : prepared),
      onWorld: (from, notes) => {
        record.change({ hasWorld: true, takenBack: undefined });
        if (from !== undefined) run.runLog.note('restored', { world: from, ...notes });
      },
      onTaken: (park) => {
        const { backup, gaps } = park.record ?? {};
        const isHeld = backup !== undefined && !gaps?.incomplete;
        const takenBack = { run: park.run, ...(backup !== undefined && { backup }) };
        // a world that no backup holds is one that was played, whatever becomes of this start
        record.change({ hasWorld: true, isWorldUnused: isHeld, takenBack });
        parking.taken(park);
        run.runLog.note('restored', { world: backup ?? park.path, parked: true });
      },
    };
  }

  #confine(funpack: Funpack): Confinement | undefined {
    const { server: { record }, config } = this.parts;
    const confinement = withUserOf(record.now?.confinement, funpack, config());
    if (confinement && confinement !== record.now?.confinement) record.change({ confinement });
    return confinement;
  }

  /** Parks the world in `working/`, which was played: another one was asked for. No backup is made of it. */
  async setPlayedAside(): Promise<void> {
    const { server: { serverId }, parking } = this.parts;
    if (!parking.isInPlace) return;
    const message = 'the server was started with another world';
    const newest = await parking.newest();
    await parking.flush();
    if (parking.park({ newest, failure: { code: 'world_unsaved', message } })) return;
    throw new PinkyError(
      'world_unsaved',
      `server ${serverId} has a world in working/ that no backup holds and that cannot be moved; stop it first`,
    );
  }
}

/** The next step of a server that is being prepared. */
export const prepared: Next = { what: 'the game is launched once it is prepared' };

/** The next step of a server whose install script runs, with the file that gets its output, or has run. */
const installing = (path: string | undefined): Next => ({
  what: path === undefined ? prepared.what : `installing; the output is in ${path}`,
});

/** A preparation that takes long is one whose program hangs, so that program is named, and when its time is over. */
const running = ({ name, limitMs }: RunningProgram, now: number): Next => {
  const runs = `${name} runs since ${new Date(now).toISOString().slice(11, 19)} UTC`;
  return limitMs === undefined
    ? { what: `${runs}; the game is launched once it is prepared` }
    : { what: `${runs}; if it hangs, it is ended`, at: now + limitMs };
};
