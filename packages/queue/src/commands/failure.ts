import { UnrecoverableError } from 'bullmq';
import {
  fromErrorAnswer,
  remedies,
  toErrorAnswer,
  type ErrorAnswer,
  type ErrorCode,
  type PinkyError,
} from '@pinky/protocol';

/**
 * A failure as the `failedReason` of a job: `<code>: <sentence> (<what to do>)`. People read it as it is. Programs take
 * the part before the first colon, or use `parseFailure`.
 */
export function failureText({ code, message, remedy }: ErrorAnswer): string {
  return `${code}: ${message} (${remedy})`;
}

/** The error in a `failedReason`. Its code is `internal` if the reason is not one of ours. */
export function parseFailure(failedReason: string): PinkyError {
  const [, code, rest] = /^([a-z_]+): (.*)$/s.exec(failedReason) ?? [];
  if (code === undefined || rest === undefined || !Object.hasOwn(remedies, code)) {
    return fromErrorAnswer({ code: 'internal', message: failedReason, remedy: '' });
  }
  const known = code as ErrorCode; // checked just above
  const suffix = ` (${remedies[known]})`;
  return fromErrorAnswer({
    code: known,
    message: rest.endsWith(suffix) ? rest.slice(0, -suffix.length) : rest,
    remedy: remedies[known],
  });
}

/** Codes of commands that are wrong in themselves, or name something that is: no further attempt can go better. */
const hopeless: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'unknown_command',
  'bad_command',
  'bad_server_id',
  'bad_text',
  'bad_settings',
  'bad_url',
  'unsupported',
  // the archive itself is wrong, and each further attempt would fetch it whole
  'checksum_mismatch',
  'bad_archive',
  'unsafe_archive',
  'archive_too_large',
]);

/** The failure as BullMQ wants it. Its stack is only the sentence, because our stack would tell a producer nothing. */
export function jobError(failure: unknown): { error: Error; answer: ErrorAnswer } {
  const answer = toErrorAnswer(failure);
  const text = failureText(answer);
  const error = hopeless.has(answer.code) ? new UnrecoverableError(text) : new Error(text);
  error.stack = text;
  return { error, answer };
}
