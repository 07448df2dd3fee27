/** What one process costs, as pidusage tells it. */
export interface ProcessFigures {
  /** Percent of one core since the call before. */
  readonly cpu: number;
  /** Resident memory, bytes. */
  readonly memory: number;
}

/** Figures by pid; a process that is gone has none. A `require`: pidusage brings no types, and an import wants some. */
export const processFigures = require('pidusage') as (pids: number[]) => Promise<Record<string, ProcessFigures | null | undefined>>;
