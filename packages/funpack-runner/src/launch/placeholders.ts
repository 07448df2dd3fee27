import { PinkyError } from '@pinky/protocol';
import type { Funpack } from '../funpack/read-funpack.js';
import { asText, filters, isFilter, quoteAfter, type PlaceholderValue } from './filters.js';
import type { LaunchContext } from './launch-context.js';
import { newestFile } from './newest-file.js';

/** Finds the value for a placeholder's name. Undefined leaves the placeholder as it is. */
export type Placeholders = (name: string) => PlaceholderValue;

export const noPlaceholders: Placeholders = () => undefined;

/** A placeholder: its name, and perhaps the filter of a format. */
export const placeholder = /\{([A-Za-z]+(?:\.[\w-]+)?)(?:\|([a-z]+))?\}/g;

/**
 * The text with its placeholders filled in. Other braces stay, because configuration files are full of them. A filter
 * sees whether its place stands in quotes.
 */
export const expand = (text: string, placeholders: Placeholders): string =>
  text.replace(placeholder, (whole, name: string, filter: string | undefined, at: number) => {
    const value = placeholders(name);
    if (value === undefined || (filter !== undefined && !isFilter(filter))) return whole;
    return filter === undefined ? asText(value) : filters[filter](value, quoteAfter(text.slice(0, at), filter));
  });

/** The value itself, where the text is one placeholder and nothing else; otherwise the text, filled in. */
export function expandValue(text: string, placeholders: Placeholders): PlaceholderValue {
  const [only] = text.matchAll(placeholder);
  const value = only?.[0] === text && only[2] === undefined ? placeholders(only[1] ?? '') : undefined;
  return value ?? expand(text, placeholders);
}

/**
 * The values of a funpack's placeholders for one launch (the manifest's docstring lists them). A missing setting is
 * empty. Throws `bad_settings` for a setting with a line break, which would become a second line of a configuration
 * file.
 */
export function placeholdersOf(funpack: PlaceholderSource, context: LaunchContext): Placeholders {
  const newest = new Map<string, string>();
  const fixed: Readonly<Record<string, string | number>> = {
    port: context.port,
    serverId: context.serverId,
    'ram.min': context.ram.min,
    'ram.max': context.ram.max,
    workingDir: context.workingDir,
    sharedDir: context.sharedDir,
    funpackDir: funpack.dir,
    home: context.home,
  };
  return (name) => {
    if (name.startsWith('ports.')) return portValue(name.slice('ports.'.length), context);
    if (name.startsWith('newest.')) return newestOf(name.slice('newest.'.length), { funpack, context, newest });
    if (name.startsWith('settings.')) return settingValue(name.slice('settings.'.length), context.settings);
    return Object.hasOwn(fixed, name) ? fixed[name] : undefined;
  };
}

/** The part of a funpack that its placeholders need. */
export interface PlaceholderSource extends Pick<Funpack, 'dir'> {
  readonly manifest?: Pick<Funpack['manifest'], 'newest'>;
}

interface NewestLook {
  readonly funpack: PlaceholderSource;
  readonly context: LaunchContext;
  /** The files that were found before: within one launch, one name means one file. */
  readonly newest: Map<string, string>;
}

function newestOf(name: string, { funpack, context, newest }: NewestLook): PlaceholderValue {
  const patterns = funpack.manifest?.newest ?? {};
  if (!Object.hasOwn(patterns, name)) return undefined;
  const found = newest.get(name) ?? newestFile(context.workingDir, patterns[name] ?? '') ?? '';
  newest.set(name, found);
  return found;
}

const portValue = (name: string, { ports = {} }: LaunchContext): PlaceholderValue =>
  (Object.hasOwn(ports, name) ? ports[name] : undefined);

/** Whether a condition of the manifest holds: a setting is set, or a file `newest.NAME` is there. */
export const isSet = (name: string, { settings }: LaunchContext, placeholders: Placeholders): boolean =>
  (name.startsWith('newest.') ? asText(placeholders(name)) !== '' : setValueOf(name, settings) !== undefined);

/** The value of a setting. Undefined if it has none, or an empty one: an empty text or list, or false. */
export function setValueOf(name: string, settings: Readonly<Record<string, unknown>>): unknown {
  const value = Object.hasOwn(settings, name) ? settings[name] : undefined;
  const isEmpty = value === null || value === '' || value === false || (Array.isArray(value) && value.length === 0);
  return isEmpty ? undefined : value;
}

function settingValue(name: string, settings: Readonly<Record<string, unknown>>): PlaceholderValue {
  const value = (Object.hasOwn(settings, name) ? settings[name] : undefined) ?? '';
  if (/[\u0000-\u001f\u007f\u0085\u2028\u2029]/.test(asText(value))) {
    throw new PinkyError('bad_settings', `settings: ${name} must not hold line breaks or control characters`, {
      details: { settings: { [name]: 'holds a line break' } },
    });
  }
  return value;
}
