import type { CommandData, ProgressListener } from '@pinky/protocol';

/** A checked command on its way to a worker, whoever sent it. */
export interface Order {
  readonly command: CommandData;
  /** Names the command for ever: a worker that has obeyed it gives its recorded answer. */
  readonly id: string;
  readonly deadlineMs: number;
  /** It was taken before and its taker died: a worker may have obeyed it already, so only a worker can answer it. */
  readonly isTakenAgain?: boolean;
  readonly onProgress?: ProgressListener;
}
