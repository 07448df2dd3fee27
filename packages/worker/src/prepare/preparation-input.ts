import {
  s3AccessOf,
  type Funpack,
  type LaunchContext,
  type RunnerResults,
  type SourceContext,
} from '@pinky/funpack-runner/light';
import type { BoxConfig, ParkedWorld, ProgressListener, StartOrder } from '@pinky/protocol';
import type { Confinement } from '../launch/confinement.js';
import type { WorldParking } from '../park/world-parking.js';
import type { ServerPorts } from '../ports/server-ports.js';
import type { ServerFiles } from '../record/server-files.js';
import type { TakenWorld } from '../record/server-record.js';

/** A program of the funpack that a preparation waits for. */
export interface RunningProgram {
  readonly name: 'bin/bootstrap' | 'bin/prepare';
  /** It is ended after this, milliseconds. Absent: its time is counted elsewhere, maybe for another server too. */
  readonly limitMs?: number;
}

export interface PreparationInput {
  readonly config: BoxConfig;
  readonly files: ServerFiles;
  readonly start: StartOrder;
  readonly port: number;
  /** Takes the ports that the funpack names. The server may get another one of its own, for their sake. */
  readonly takePorts: (funpack: Funpack) => ServerPorts;
  /** The world is in place already: an earlier attempt restored it, or it could not be parked at a stop. */
  readonly hasWorld: boolean;
  readonly parking: WorldParking;
  /** How the game is confined. Absent: it is not. */
  readonly confinement?: Confinement | undefined;
  /** The same, with the user that the funpack names. It is recorded. */
  readonly confine: (funpack: Funpack) => Confinement | undefined;
  /** The parked world that is in `working/`, if the world there is one. */
  readonly takenBack?: TakenWorld | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: ProgressListener;
  /** Takes a line that one of the funpack's programs printed. */
  readonly onLine: (line: string) => void;
  readonly onFunpack: (funpack: Funpack, context: LaunchContext) => void;
  /** Called when the install script begins, with the file that gets its output, and without one when it is over. */
  readonly onInstall: (log: string | undefined) => void;
  /** Called when `bin/bootstrap` or `bin/prepare` begins, with its longest time if it has one, and when it is over. */
  readonly onProgram: (program: RunningProgram | undefined) => void;
  /** Called once the world is in place, with where it came from. */
  readonly onWorld: (from: string | undefined, told?: RestoreNotes) => void;
  /** The same for a parked world, which was moved back. */
  readonly onTaken: (park: ParkedWorld) => void;
}

/** Things that a restored world does not have any more: entries of unknown kinds, bits and attributes of rights. */
export type RestoreNotes = Omit<RunnerResults['restore'], 'files' | 'bytes'>;

export const sourceContext = ({ config, files }: Pick<PreparationInput, 'config' | 'files'>): SourceContext =>
  ({
    cacheDir: files.box.cacheDir,
    funpackPaths: config.funpacks,
    allowedHosts: config.allowedHosts,
    s3: s3AccessOf(config),
  });

export const runnerOptions = ({ start, signal, onProgress, onLine }: PreparationInput) => ({
  serverId: start.serverId,
  signal,
  onProgress,
  onLine,
});
