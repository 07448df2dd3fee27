import { PinkyError } from '@pinky/protocol';
import type { Funpack } from '../funpack/read-funpack.js';
import type { LaunchContext } from './launch-context.js';

/** Finds the text for a placeholder's name. Undefined leaves the placeholder as it is. */
export type Placeholders = (name: string) => string | undefined;

export const noPlaceholders: Placeholders = () => undefined;

const placeholder = /\{([A-Za-z]+(?:\.[\w-]+)?)\}/g;

/** The text with its placeholders filled in. Other braces stay, because configuration files are full of them. */
export const expand = (text: string, placeholders: Placeholders): string =>
  text.replace(placeholder, (whole, name: string) => placeholders(name) ?? whole);

/**
 * The texts of a funpack's placeholders for one launch (the manifest's docstring lists them). A missing setting is
 * empty, and a list is joined with commas. Throws `bad_settings` for a setting with a line break, which would become a
 * second line of a configuration file.
 */
export function placeholdersOf(funpack: Pick<Funpack, 'dir'>, context: LaunchContext): Placeholders {
  const fixed: Readonly<Record<string, string>> = {
    port: String(context.port),
    serverId: context.serverId,
    'ram.min': String(context.ram.min),
    'ram.max': String(context.ram.max),
    workingDir: context.workingDir,
    sharedDir: context.sharedDir,
    funpackDir: funpack.dir,
    home: context.home,
  };
  return (name) => {
    if (name.startsWith('settings.')) return settingText(name.slice('settings.'.length), context.settings);
    return Object.hasOwn(fixed, name) ? fixed[name] : undefined;
  };
}

function settingText(name: string, settings: Readonly<Record<string, unknown>>): string {
  const text = asText(Object.hasOwn(settings, name) ? settings[name] : undefined);
  if (/[\u0000-\u001f\u007f\u0085\u2028\u2029]/.test(text)) {
    throw new PinkyError('bad_settings', `settings: ${name} must not hold line breaks or control characters`, {
      details: { settings: { [name]: 'holds a line break' } },
    });
  }
  return text;
}

function asText(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map(asText).join(',');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
