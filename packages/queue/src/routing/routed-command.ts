import type { CommandData, ProgressListener } from '@pinky/protocol';

/** A checked command on its way to a worker, wherever it came from. */
export interface RoutedCommand {
  readonly command: CommandData;
  /** Names the command for ever: a worker that has run it gives its recorded answer. */
  readonly id: string;
  readonly deadlineMs: number;
  /** It was taken before and its taker died. A worker may have run it already, so only a worker can answer it. */
  readonly isTakenAgain?: boolean;
  /** Nobody has just asked for it: the server was wanted up before. */
  readonly isComingBack?: boolean;
  readonly onProgress?: ProgressListener;
}
