import { createRequire } from 'node:module';

/**
 * The part of npm's proper-lockfile 4.1 that is used: a folder made with mkdir(2), whose holder renews its modification
 * time.
 */
interface ProperLockfile {
  /** Resolves with a function that releases the lock. Rejects with code `ELOCKED` if another process holds it. */
  readonly lock: (path: string, options: {
    readonly realpath: boolean;
    readonly stale: number;
    readonly update: number;
    readonly retries: number;
    readonly onCompromised: (cause: Error) => void;
  }) => Promise<() => Promise<void>>;
}

/** The package has no types: the cast follows its README. */
export const { lock } = createRequire(__filename)('proper-lockfile') as ProperLockfile;
