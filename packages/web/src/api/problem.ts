/** The API's answer to a request that failed (RFC 9457). */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly remedy: string;
  readonly field?: string;
}

/** A request that the API refused, or that did not reach it (`unreachable`). */
export class ApiFailure extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
    this.name = 'ApiFailure';
  }
}

export const unreachable: Problem = {
  status: 0,
  code: 'unreachable',
  detail: 'the box does not answer',
  remedy: 'games go on meanwhile; the page tries again by itself',
};

/** Any failure as a problem that can be shown. */
export function problemOf(failure: unknown): Problem {
  if (failure instanceof ApiFailure) return failure.problem;
  const detail = failure instanceof Error ? failure.message : String(failure);
  return { status: 0, code: 'internal', detail, remedy: 'reload the page' };
}

/** The problem in an answer. A proxy in between answers with pages of its own. */
export function problemIn(text: string, status: number): Problem {
  try {
    const { code, detail, remedy, field } = JSON.parse(text) as Partial<Problem>;
    if (code && detail) return { status, code, detail, remedy: remedy ?? '', ...(field && { field }) };
  } catch {
    // not ours
  }
  return status >= 502 ? unreachable : { status, code: `http_${status}`, detail: 'the request failed', remedy: '' };
}
