import type { components } from '@pinky/client/api';

/** A failure as the API tells it (RFC 9457). */
export type Problem = components['schemas']['Problem'];

type ProblemFields = Pick<Problem, 'code' | 'detail' | 'remedy'> &
  Partial<Pick<Problem, 'status' | 'field' | 'jobId'>> & { readonly retryAfterMs?: number };

/**
 * A request that the box refused, a job that failed, or a box that did not answer. `code` is one of the API's, or one
 * of the client's own: `unreachable` (nothing answers, or a proxy speaks instead), `bad_option`, `http_<status>`.
 */
export class BoxProblem extends Error {
  readonly code: string;
  /** The way out, for people. */
  readonly remedy: string;
  /** HTTP status of the answer; 0 where there was none. */
  readonly status: number;
  /** The field of the request that is wrong. */
  readonly field: string | undefined;
  /** The job that failed. */
  readonly jobId: string | undefined;
  /** When to try again, as the API says. Milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor({ code, detail, remedy, status = 0, field, jobId, retryAfterMs }: ProblemFields, options?: ErrorOptions) {
    super(detail, options);
    this.name = 'BoxProblem';
    this.code = code;
    this.remedy = remedy;
    this.status = status;
    this.field = field;
    this.jobId = jobId;
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether the same request may succeed in a moment: the box or a part of it is away. A failed job stays failed. */
  get isPassing(): boolean {
    return this.jobId === undefined && (this.code === 'unreachable' || this.status === 503);
  }
}

/** Nothing answers. */
export const unreachable = (url: string, cause?: unknown): BoxProblem =>
  new BoxProblem({
    code: 'unreachable',
    detail: `no box answers at ${url}`,
    remedy: 'look at the address (`pinky api address` prints it); games go on while the API is away',
  }, { cause });

/** The problem in an answer. `retryAfter` is the header, in seconds. */
export function problemIn(
  text: string,
  { status, url, retryAfter }: { readonly status: number; readonly url: string; readonly retryAfter?: string | null },
): BoxProblem {
  const { code, detail, remedy = '', field, jobId } = fieldsOf(text);
  const seconds = Number(retryAfter ?? Number.NaN);
  if (code !== undefined && detail !== undefined) {
    return new BoxProblem({
      code,
      detail,
      remedy,
      status,
      ...(field !== undefined && { field }),
      ...(jobId !== undefined && { jobId }),
      ...(seconds >= 0 && { retryAfterMs: seconds * 1000 }),
    });
  }
  if (status >= 502) return unreachable(url, `a proxy answered ${status}`);
  return new BoxProblem({
    code: `http_${status}`,
    detail: `${url} answered ${status}, and not as a box does`,
    remedy: 'look whether a proxy stands in between, and whether the address is that of a box',
    status,
  });
}

function fieldsOf(text: string): Partial<Problem> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {}; // a proxy's page
  }
}
