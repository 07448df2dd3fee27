import { createRequire } from 'node:module';

/**
 * What is used of npm's proper-lockfile 4.1: a folder made with mkdir(2), whose modification time its holder renews.
 */
interface ProperLockfile {
  /** Resolves with what releases the lock; rejects with code `ELOCKED` where another holds it. */
  readonly lock: (path: string, options: {
    readonly realpath: boolean;
    readonly stale: number;
    readonly update: number;
    readonly retries: number;
    readonly onCompromised: (cause: Error) => void;
  }) => Promise<() => Promise<void>>;
}

/** The package brings no types: the cast is its README. */
export const { lock } = createRequire(__filename)('proper-lockfile') as ProperLockfile;
