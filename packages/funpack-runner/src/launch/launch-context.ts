import type { NamedPorts } from '@pinky/protocol';

/** Everything that one launch of a game is given. */
export interface LaunchContext {
  readonly serverId: string;
  readonly port: number;
  /** Those of the manifest's `ports`. */
  readonly ports?: NamedPorts;
  /** Megabytes. */
  readonly ram: { readonly min: number; readonly max: number };
  /** As `checkSettings` returned them. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The server's `working/`: the game's current directory. */
  readonly workingDir: string;
  /** The folder that `bin/bootstrap` filled. */
  readonly sharedDir: string;
  /** Where `writeInputs` puts the datafile. */
  readonly datafile: string;
  /** `HOME` of the game. */
  readonly home: string;
  /** The words that come before each of the funpack's programs, so that it runs as the game may. Absent: none. */
  readonly under?: readonly string[];
}
