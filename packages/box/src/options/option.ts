import type { OptionKind } from './option-kinds.js';

/** One option of pinky.yml. docs/configuration.md is printed from the table of them, and a test keeps the two equal. */
export interface Option {
  /** Its place in pinky.yml. A dot means one level down. */
  readonly path: string;
  readonly kind: OptionKind;
  /** Written as in pinky.yml. An option without a default has no value unless it is set. */
  readonly default?: string;
  /** Smallest and largest value, written as in pinky.yml. */
  readonly min?: string;
  readonly max?: string;
  /** The environment variable that sets it. It takes precedence over pinky.yml. */
  readonly env?: string;
  /** Another variable for the same, which counts where the first is not set. */
  readonly otherEnv?: string;
  /** Whether `pinky reload` and USR2 apply a new value. If not, the next `pinky up` does. */
  readonly isReloaded: boolean;
  readonly means: string;
}
