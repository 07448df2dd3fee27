/** One fault of a funpack. With an `error` it does not work. A `warning` is most likely a mistake. */
export interface FunpackFinding {
  readonly severity: 'error' | 'warning';
  /** The file in the funpack. */
  readonly file: string;
  readonly problem: string;
}

export const manifestFile = 'funpack.json';
export const error = (file: string, problem: string): FunpackFinding => ({ severity: 'error', file, problem });
export const warning = (file: string, problem: string): FunpackFinding => ({ severity: 'warning', file, problem });
