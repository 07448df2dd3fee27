import { PinkyError, type ConfigFile, type FunpackManifest, type SettingSchema } from '@pinky/protocol';
import { filesOfEgg } from './config-files.js';
import { carried, changed, missing, type Egg, type EggNote } from './egg.js';
import { installOfEgg } from './install-script.js';
import { programsOfEgg } from './programs.js';
import { runOfEgg } from './startup.js';
import { rulesOfEgg, stopOfEgg } from './stop.js';
import { panelVariables, type Variables } from './texts.js';
import { placeholderOf, settingsOfEgg, type EggSetting } from './variables.js';

/** A funpack that was made from an egg. */
export interface ImportedEgg {
  readonly manifest: FunpackManifest;
  /** Field by field, what became of the egg. */
  readonly notes: readonly EggNote[];
  /** Everything carries over. */
  readonly isWhole: boolean;
  /** The work of the install script, in one sentence. Undefined if there is none. */
  readonly install?: string;
}

export interface ImportOptions {
  /** Programs of this machine that take the place of those that the install script would bring, by their names. */
  readonly programs?: Readonly<Record<string, string>>;
  /** Another text that says that the game is up. */
  readonly done?: string;
}

/** Makes a funpack of an egg. Throws `bad_funpack`, with the reason, for an egg that Pinky could not run. */
export function importEgg(given: Egg, options: ImportOptions = {}): ImportedEgg {
  const { egg, notes: ofOptions } = runnable(given, options);
  assertWatchable(egg);
  const { settings, notes: ofVariables } = settingsOfEgg(egg.variables);
  const variables = variablesOf(settings);
  const { run, notes: ofRun } = runOfEgg(egg, settings);
  const { stop, note: ofStop } = stopOfEgg(egg);
  const { console, notes: ofDone } = rulesOfEgg(egg);
  const { files, notes: ofFiles } = filesOfEgg(egg, variables);
  const { requires, notes: ofImages } = programsOfEgg(egg, run, { hasOwnPrograms: options.programs !== undefined });
  const install = installOfEgg(egg, Object.keys(options.programs ?? {}).length > 0);
  const eula = eulaOf(egg, settings);
  const notes = unique([
    ...ofOptions,
    ...ofRun, ofStop, ...ofDone, ...ofFiles, ...ofVariables, ...ofImages,
    ...install.notes, ...eula.notes, ...restOf(egg),
  ]);
  const manifest: FunpackManifest = {
    name: nameOf(egg.name),
    version: '1',
    title: egg.name,
    persistent: true,
    ...(requires.length > 0 && { requires }),
    ...schemaOf(settings, eula.schema),
    ...(install.step && { install: install.step }),
    env: environmentOf(settings),
    files: [...files, ...eula.files],
    run,
    console,
    stop,
  };
  return {
    manifest,
    notes,
    isWhole: notes.every(({ fate }) => fate !== 'missing'),
    ...(install.says !== undefined && { install: install.says }),
  };
}

/** The egg with the programs and the startup by which it runs here. */
function runnable(given: Egg, options: ImportOptions): { egg: Egg; notes: readonly EggNote[] } {
  const server = withoutServerOption(withOptions(given, options));
  const screen = withoutScreen(server.egg);
  return { egg: screen.egg, notes: [...optionNotes(options), ...server.notes, ...screen.notes] };
}

const variablesOf = (settings: ReadonlyMap<string, EggSetting>): Variables => (name) => {
  const setting = settings.get(name);
  return setting ? placeholderOf(name, setting) : panelVariables[name];
};

/** A variable that is a port becomes one that the funpack names, and all others become settings. */
function schemaOf(
  settings: ReadonlyMap<string, EggSetting>,
  more: FunpackManifest['schema'],
): Pick<FunpackManifest, 'schema' | 'ports'> {
  const all = [...settings];
  const own = all.filter(([, { portName }]) => portName === undefined);
  const ports = all.flatMap(([, { portName }]) => (portName === undefined ? [] : [[portName, {}] as const]));
  return {
    schema: { ...Object.fromEntries(own.map(([name, one]) => [name, one.schema])), ...more },
    ...(ports.length > 0 && { ports: Object.fromEntries(ports) }),
  };
}

/** A program stands at the beginning of a command, perhaps with a folder. */
function withOptions(egg: Egg, { programs = {}, done }: ImportOptions): Egg {
  const startups = egg.startups.map(({ name, command }) => ({
    name,
    command: Object.entries(programs).reduce((line, [program, path]) => {
      const called = program.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
      return line.replace(new RegExp(`(^|[\\s;&|(])(?:\\.?/)?(?:[\\w.-]+/)*${called}(?=[\\s;)]|$)`), `$1${path}`);
    }, command),
  }));
  return { ...egg, startups, ...(done !== undefined && { done: [done] }) };
}

/** A server of Minetest that is a program of its own, as Debian's is, takes `--server` for a mistake. */
const serverOption = /((?:minetest|luanti)server(?:\s.*?)?)\s--server(?=\s|$)/;

function withoutServerOption(egg: Egg): { egg: Egg; notes: readonly EggNote[] } {
  if (!egg.startups.some(({ command }) => serverOption.test(command))) return { egg, notes: [] };
  const startups = egg.startups.map(({ name, command }) => ({ name, command: command.replace(serverOption, '$1') }));
  return {
    egg: { ...egg, startups },
    notes: [changed('startup', '--server is left out, because the program is a server and knows no such option')],
  };
}

/** With `--terminal` Minetest draws its console like a page. Pinky reads lines, so it starts without. */
function withoutScreen(egg: Egg): { egg: Egg; notes: readonly EggNote[] } {
  const hasScreen = (line: string): boolean => /(minetest|luanti)\S*\s.*--terminal(?=\s|$)/.test(line);
  if (!egg.startups.some(({ command }) => hasScreen(command))) return { egg, notes: [] };
  const startups = egg.startups.map(({ name, command }) =>
    ({ name, command: command.replace(/\s--terminal(?=\s|$)/, '') }));
  return {
    egg: { ...egg, startups, stop: '^SIGTERM' },
    notes: [
      changed('config.stop', `the game gets TERM, which saves; it reads ${egg.stop} only on its own screen`),
      missing('startup', '--terminal is left out, because it draws a screen; so the game takes no typed orders'),
    ],
  };
}

const optionNotes = ({ programs = {}, done }: ImportOptions): readonly EggNote[] => [
  ...Object.entries(programs).map(([name, path]) => changed('startup', `${name} is ${path}, as you said`)),
  ...(done === undefined ? [] : [changed('config.startup.done', `is ${done}, as you said`)]),
];

const unique = (notes: readonly EggNote[]): readonly EggNote[] =>
  [...new Map(notes.map((note) => [JSON.stringify(note), note])).values()];

const background = /--?daemoni[sz]e( +yes)?\b|\bnohup\b|\bsetsid\b|\bscreen +-\w*d|\btmux +new\b[^;]* -d/;

/** A game that leaves its own process behind cannot be watched, and would outlive every stop. */
function assertWatchable({ startups }: Egg): void {
  const line = startups[0]?.command ?? '';
  const [found] = background.exec(line) ?? [];
  if (found === undefined) return;
  throw new PinkyError(
    'bad_funpack',
    `the egg's startup puts the game in the background (${found.trim()}), where nothing can watch or stop it`,
  );
}

/** A name of a folder and of a funpack. */
const nameOf = (title: string): string =>
  title.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 60) || 'egg';

const environmentOf = (settings: ReadonlyMap<string, EggSetting>): Record<string, string> => ({
  ...Object.fromEntries(Object.entries(panelVariables).filter(([name]) => name !== 'HOME')),
  ...Object.fromEntries([...settings].map(([name, setting]) => [name, placeholderOf(name, setting)])),
});

/** A panel asks before it accepts the licence of Minecraft; here that is a setting. */
function eulaOf(
  { features }: Egg,
  settings: ReadonlyMap<string, EggSetting>,
): { schema: Record<string, SettingSchema>; files: readonly ConfigFile[]; notes: readonly EggNote[] } {
  if (!features.includes('eula') || settings.has('EULA')) return { schema: {}, files: [], notes: [] };
  const label = 'I accept the licence of Minecraft (https://aka.ms/MinecraftEULA)';
  return {
    schema: { EULA: { type: 'boolean', default: false, label } },
    files: [{ path: 'eula.txt', parser: 'properties', set: { eula: true }, ifSet: 'EULA' }],
    notes: [changed('features.eula', 'the setting EULA writes eula.txt')],
  };
}

/** Features that only a panel's pages have. */
const pageFeatures = ['eula', 'java_version', 'pid_limit', 'steam_disk_space', 'gsl_token'];

function restOf({ features, denied }: Egg): readonly EggNote[] {
  const pages = features.filter((name) => pageFeatures.includes(name) && name !== 'eula');
  return [
    ...(pages.length > 0 ? [carried('features', `${pages.join(', ')}: hints on a panel's page; nothing to do`)] : []),
    ...features
      .filter((name) => !pageFeatures.includes(name))
      .map((name) => missing(`features.${name}`, 'has no counterpart')),
    ...(denied.length > 0 ? [carried('file_denylist', 'Pinky has no file manager to deny anything')] : []),
  ];
}
