import type { ProgressListener } from '@pinky/protocol';

/** The terms on which a command is answered that needs no worker. */
export interface BoxCommandTerms {
  /** Names the command for ever. */
  readonly id: string;
  readonly deadlineMs: number;
  readonly onProgress?: ProgressListener;
}
