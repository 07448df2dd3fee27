import type { z } from 'zod';

const types: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};
const countedIn: Readonly<Record<string, string>> = { string: ' characters', array: ' entries' };

const have = (origin: string): string => (origin in countedIn ? 'have' : 'be');

/**
 * The fault of a field, as the rest of a sentence that begins with its name. Schemas that have words of their own
 * keep them.
 */
export const plainWords: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be ${types[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'too_small':
      if (issue.minimum === 1 && issue.origin in countedIn) return 'must not be empty';
      return `must ${have(issue.origin)} at least ${issue.minimum}${countedIn[issue.origin] ?? ''}`;
    case 'too_big':
      return `must ${have(issue.origin)} at most ${issue.maximum}${countedIn[issue.origin] ?? ''}`;
    case 'invalid_format':
      return 'is not written in the form that `/docs` shows';
    case 'invalid_union':
      return 'has none of the forms that `/docs` shows';
    default:
      return undefined;
  }
};
