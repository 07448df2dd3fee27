import { parseDuration } from '@pinky/protocol';
import { z } from 'zod';
import { optionKinds } from './option-kinds.js';
import type { Option } from './option.js';
import { parseSize } from './sizes.js';

/** The schema of pinky.yml: one level of nesting for each dot in a path. Any other key is an error. */
export function fileSchema(options: readonly Option[]): z.ZodType {
  const shape: Record<string, z.ZodType> = {};
  const sections = new Map<string, Option[]>();
  for (const option of options) {
    const [section = '', rest] = option.path.split('.', 2);
    if (rest === undefined) shape[section] = valueSchema(option).optional();
    else sections.set(section, [...(sections.get(section) ?? []), { ...option, path: rest }]);
  }
  for (const [section, inside] of sections) shape[section] = fileSchema(inside).optional();
  return z.strictObject(shape);
}

/** The value of one option: of its kind, and within its range. */
export function valueSchema(option: Option): z.ZodType {
  const [min, max] = [numberOf(option, option.min), numberOf(option, option.max)];
  const schema: z.ZodType = optionKinds[option.kind].schema;
  return schema.refine((value) => {
    if (typeof value !== 'number') return true;
    return (min === undefined || value >= min) && (max === undefined || value <= max);
  });
}

/** The allowed values in words: the kind, and the range if there is one. */
export function allowedText(option: Option): string {
  const range = [
    option.min !== undefined ? `at least ${option.min}` : '',
    option.max !== undefined ? `at most ${option.max}` : '',
  ];
  return [optionKinds[option.kind].allowed, ...range.filter((text) => text !== '')].join('; ');
}

const numberOf = (option: Option, text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  if (option.kind === 'duration') return parseDuration(text);
  return option.kind === 'size' ? parseSize(text) : Number(text);
};
