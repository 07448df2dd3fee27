import { asText } from '../launch/filters.js';
import type { Placeholders } from '../launch/placeholders.js';

const placeholder = /\{([A-Za-z]+(?:\.[\w-]+)?)\}/g;

/**
 * The regular expression with its placeholders filled in: whatever is in a setting or a name is text there. Braces that
 * name nothing stay, because they count (`\d{2}`) or name a class (`\p{L}`).
 */
export const filledPattern = (pattern: string, placeholders: Placeholders): RegExp =>
  new RegExp(pattern.replace(placeholder, (whole, name: string) => {
    const value = placeholders(name);
    return value === undefined ? whole : quoted(asText(value));
  }));

const quoted = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
