import { allowedText, options, type Option } from '@pinky/box/config';
import { code, markdownTable } from './markdown.js';

/** Every option of pinky.yml: what it accepts, its default, whether a reload applies it, its variable. */
export const optionsTable = (): string =>
  markdownTable(
    ['option', 'takes', 'default', 'reloaded', 'variable', 'meaning'],
    options.map((option: Option) => [
      code(option.path),
      allowedText(option),
      shownDefault(option),
      option.isReloaded ? 'yes' : 'no',
      variablesOf(option).map(code).join(', '),
      option.means,
    ]),
  );

const variablesOf = ({ env, otherEnv }: Option): string[] =>
  [env, otherEnv].filter((name) => name !== undefined);

function shownDefault({ default: text }: Option): string {
  if (text === undefined) return 'none';
  if (text === '') return 'empty';
  return text
    .replaceAll('$PINKY_SHIPPED/funpacks', 'the shipped funpacks')
    .split(', ')
    .map((part) => (part.startsWith('the ') ? part : code(part)))
    .join(', ');
}

/** Environment variables and their options. */
export const environmentTable = (): string => markdownTable(['variable', 'same as'], [
  [code('PINKY_HOME'), 'no option: the home of the box, with pinky.yml and everything else; also `--home`'],
  ...options.flatMap((option: Option) => variablesOf(option).map((name) => [code(name), code(option.path)])),
  [code('MONGO_URL'), 'no option: accepted, and not used, because Pinky keeps nothing in MongoDB; `pinky up` says so'],
  [code('NO_COLOR'), 'no option: turns colours off'],
]);

/** A pinky.yml with every option that has a default, to start from. */
export function exampleFile(): string {
  const lines: string[] = [];
  let section = '';
  for (const option of options as readonly Option[]) {
    const [head = '', name] = option.path.split('.');
    if (name !== undefined && head !== section) lines.push(`${head}:`);
    section = name === undefined ? '' : head;
    const value = exampleValue(option);
    if (value !== undefined) lines.push(`${name === undefined ? '' : '  '}${name ?? head}: ${value}`);
    else lines.push(`${name === undefined ? '' : '  '}# ${name ?? head}: `);
  }
  return ['```yaml', ...lines.map((line) => line.trimEnd()), '```'].join('\n');
}

function exampleValue(option: Option): string | undefined {
  if (option.default === undefined || option.default.includes('$PINKY')) return undefined;
  return option.default === '' ? '[]' : option.default;
}
