import { STATUS_CODES } from 'node:http';
import { PinkyError, toErrorAnswer, type BoxConfig, type ErrorAnswer, type ErrorCode } from '@pinky/protocol';
import { statusOf } from './status-of-code.js';

/** An error as RFC 9457 has it, with the project's code and the way out. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly remedy: string;
  readonly field?: string;
  readonly jobId?: string;
}

export const problemType = 'application/problem+json';

/** How long a caller waits for a part that is away, seconds. */
const retryAfterS = 2;

/** The problem of a failure. A failure that nobody foresaw says nothing of our insides: the log has them. */
export function problemOf(failure: unknown, words: (text: string) => string): Problem {
  const error = asRefusal(failure);
  const { code, message, remedy } = toErrorAnswer(error);
  const isOurs = error instanceof PinkyError && code !== 'internal';
  const field = error instanceof PinkyError ? error.details?.['field'] : undefined;
  return problemFor({ code, message: isOurs ? words(message) : 'something went wrong in the API', remedy }, field);
}

/** The problem of an error that came from elsewhere, such as that of a job. */
export function problemFor({ code, message, remedy }: ErrorAnswer, field?: unknown, jobId?: string): Problem {
  const status = statusOf(code);
  return {
    type: `urn:pinky:error:${code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: message,
    code,
    remedy,
    ...(typeof field === 'string' && { field }),
    ...(jobId !== undefined && { jobId }),
  };
}

/** The header that tells when to try again, for statuses that pass by themselves. */
export const retryAfter = ({ status }: Pick<Problem, 'status'>, waitMs?: number): Record<string, string> => {
  if (waitMs !== undefined) return { 'retry-after': String(Math.ceil(waitMs / 1000)) };
  return status === 503 ? { 'retry-after': String(retryAfterS) } : {};
};

/** The refusals of the framework itself, in our codes. */
function asRefusal(failure: unknown): unknown {
  if (failure instanceof PinkyError || !(failure instanceof Error)) return failure;
  const status = 'statusCode' in failure ? Number(failure.statusCode) : 500;
  const code = codeOfStatus[status];
  if (code === undefined) return failure;
  const field = 'validation' in failure ? fieldOf(failure.validation) : undefined;
  const message = field === undefined ? failure.message : `${field} ${sentenceOf(failure)}`.trim();
  return new PinkyError(code, message, { cause: failure, ...(field !== undefined && { details: { field } }) });
}

const codeOfStatus: Readonly<Record<number, ErrorCode>> = {
  400: 'bad_request',
  404: 'not_found',
  413: 'too_large',
  414: 'bad_request',
  415: 'unsupported_media',
};

/** The first field that is wrong, with dots between its parts. */
function fieldOf(validation: unknown): string | undefined {
  const [first]: unknown[] = Array.isArray(validation) ? validation : [];
  if (typeof first !== 'object' || first === null) return undefined;
  const unknownKey = keysOf(first)[0];
  const path = 'instancePath' in first ? String(first.instancePath).split('/').filter((part) => part !== '') : [];
  const field = [...path, ...(unknownKey === undefined ? [] : [unknownKey])].join('.');
  return field === '' ? undefined : field;
}

function sentenceOf(failure: Error): string {
  const [first]: unknown[] = 'validation' in failure && Array.isArray(failure.validation) ? failure.validation : [];
  if (typeof first !== 'object' || first === null) return failure.message;
  if (keysOf(first).length > 0) return 'is not a field of this request';
  return 'message' in first ? String(first.message) : failure.message;
}

function keysOf(issue: object): string[] {
  const params = 'params' in issue ? issue.params : undefined;
  const inner = typeof params === 'object' && params !== null ? params : {};
  const keys = 'keys' in inner ? inner.keys : undefined;
  return Array.isArray(keys) ? keys.map(String) : [];
}

/** Leaves out paths on the box: a caller without a shell there must not learn them. */
export function withoutPaths({ home, servers, backups }: BoxConfig): (text: string) => string {
  const places = [
    [servers, '$SERVERS'],
    [backups, '$BACKUPS'],
    [home, '$PINKY_HOME'],
  ] as const;
  return (text) => places.reduce((said, [path, name]) => said.replaceAll(path, name), text);
}
