import { z } from 'zod';

/** The longest deadline that a sender may ask for: a day, milliseconds. */
const longestDeadlineMs = 24 * 3_600_000;

const isDeadline = (given: unknown): boolean => {
  if (given === undefined || given === null) return true;
  const ms = typeof given === 'number' || typeof given === 'string' ? Number(given) : NaN;
  return ms > 0 && ms <= longestDeadlineMs;
};

/** `deadlineMs` of any command. Senders may write it as a text. */
export const deadline = z.unknown().refine(isDeadline, 'must be milliseconds, above 0 and at most 24 hours').optional();
