import type { FunpackManifest } from '@pinky/protocol';
import { placeholder, placeholdersOf } from '../launch/placeholders.js';

const known = placeholdersOf(
  { dir: '/' },
  {
    serverId: '',
    port: 0,
    ram: { min: 0, max: 0 },
    settings: {},
    workingDir: '',
    sharedDir: '',
    datafile: '',
    home: '',
  },
);

/** Whether a name between braces stands for something, in some funpack. */
export const isPlaceholder = (name: string): boolean =>
  /^(?:settings|ports|newest)\./.test(name) || known(name) !== undefined;

type Named = Pick<FunpackManifest, 'ports' | 'newest'>;

/** The placeholders of the ports and the newest files that a funpack names. */
export const namedFields = ({ ports = {}, newest = {} }: Named): readonly string[] => [
  ...Object.keys(ports).map((name) => `ports.${name}`),
  ...Object.keys(newest).map((name) => `newest.${name}`),
];

/**
 * The placeholders in a text that mean nothing: unknown names, and settings that the schema does not have. `${NAME}` is
 * a shell's, unless the name is one of ours.
 */
export function unknownPlaceholders(
  text: string,
  settings: readonly string[],
  more: readonly string[] = [],
): readonly string[] {
  const names = [...text.matchAll(placeholder)]
    .filter(({ 1: name = '', index }) => text[index - 1] !== '$' || isPlaceholder(name))
    .map((match) => match[1] ?? '');
  return [...new Set(names)].filter((name) => {
    if (name.startsWith('settings.')) return !settings.includes(name.slice('settings.'.length));
    return known(name) === undefined && !more.includes(name);
  });
}
