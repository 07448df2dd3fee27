import type { Progress } from '@pinky/protocol';
import type { BlockCodec } from '../lzop/block-codec.js';
import type { FindKey } from '../seal/unseal.js';

/** Every piece of work is given this besides its task. */
export interface WorkContext {
  readonly codec: BlockCodec;
  /** Opens archives that were sealed here. */
  readonly findKey?: FindKey;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  /** Hears each line of output of a funpack's program. */
  readonly onLine: (line: string) => void;
  /** Milliseconds since 1970, for the names of backups. */
  readonly wallNow: () => number;
}
