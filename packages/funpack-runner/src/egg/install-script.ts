import { posix } from 'node:path';
import type { InstallStep, RequiredProgram } from '@pinky/protocol';
import { carried, changed, missing, type Egg, type EggNote } from './egg.js';

/** Where `import-egg` puts the script in the funpack. */
export const installScriptPath = 'egg/install.sh';

export interface EggInstall {
  /** Absent if there is no script, or if it could not work here. */
  readonly step?: InstallStep;
  readonly notes: readonly EggNote[];
  /** The work of the script, in one sentence. Absent if there is none. */
  readonly says?: string;
}

/** Programs of other systems, which Debian has none of, by the systems that have them. */
const foreign: Readonly<Record<string, string>> = {
  apk: 'Alpine',
  yum: 'Red Hat',
  dnf: 'Fedora',
  pacman: 'Arch',
  zypper: 'openSUSE',
  docker: 'Docker',
};

/** Programs that the containers of install scripts bring, and the Debian package of each. */
const tools: Readonly<Record<string, string>> = {
  curl: 'curl',
  wget: 'wget',
  jq: 'jq',
  unzip: 'unzip',
  zip: 'zip',
  '7z': 'p7zip-full',
  xz: 'xz-utils',
  git: 'git',
  file: 'file',
  java: 'default-jre-headless',
  node: 'nodejs',
  npm: 'npm',
  python3: 'python3',
  php: 'php-cli',
};

const field = 'scripts.installation';

/** The install script of an egg. `isReplaced`: the host named programs of this machine instead. */
export function installOfEgg(egg: Egg, isReplaced = false): EggInstall {
  const { script, container, entrypoint } = egg.install;
  if (script.trim() === '') return { notes: [] };
  const says = `${script.split('\n').length} lines for ${entrypoint} in ${container}${steamOf(egg)}`;
  if (isReplaced) return { notes: [changed(field, 'is kept and not run, because you named a program')], says };
  const other = Object.keys(foreign).find((name) => isCalled(script, name));
  if (other !== undefined) {
    return { notes: [missing(field, `calls ${other}, a program of ${foreign[other]}, so it cannot run here`)], says };
  }
  const given = posix.basename(entrypoint);
  const shell = given === 'ash' ? 'bash' : given;
  const requires = toolsOf(script);
  const where = `once, at the first start, by ${shell} on this machine's own system`;
  const isOther = given === 'ash' || /alpine/i.test(container);
  const step: InstallStep = {
    script: installScriptPath,
    shell,
    ...(requires.length > 0 && { requires }),
    ...(isSteams(script) && { resume: true }),
  };
  return {
    step,
    notes: [
      isOther
        ? changed(field, `runs ${where}, instead of ${given} in ${container}`)
        : carried(field, `runs ${where}`),
      ...mentions(script),
    ],
    says,
  };
}

/** Folders of a panel that are not there, but for those of the server. */
function mentions(script: string): readonly EggNote[] {
  const [path] = /\/mnt\/install\/[\w./-]+/.exec(withoutComments(script)) ?? [];
  return path === undefined ? [] : [missing(field, `reads ${path}, which is the script itself in a panel`)];
}

function toolsOf(script: string): readonly RequiredProgram[] {
  const named = Object.keys(tools).filter((name) => isCalled(script, name) || isReadByTar(script, name));
  const isOnline = named.includes('curl') || named.includes('wget');
  return [
    ...named.map((program) => ({ program, package: tools[program] ?? program })),
    ...(isOnline ? [{ program: 'update-ca-certificates', package: 'ca-certificates' }] : []),
    // SteamCMD is a program of 32 bits, whose loader this is
    ...(/steamcmd/i.test(script) ? [{ program: '/lib/ld-linux.so.2', package: 'lib32gcc-s1' }] : []),
  ];
}

const isReadByTar = (script: string, name: string): boolean => name === 'xz' && /\btar\b.*\.xz\b/.test(script);

/** Whether the script runs that program: it stands where a command begins. */
function isCalled(script: string, name: string): boolean {
  const begin = String.raw`(?:^|[;&|({\x60!]|\b(?:then|do|else|if|while|sudo|exec|xargs)\s)\s*`;
  return new RegExp(`${begin}${name}(?=\\s|$)`, 'm').test(withoutComments(script));
}

const withoutComments = (script: string): string => script.replace(/^\s*#.*$/gm, '');

/** SteamCMD goes on with what it has, and checks each file of it. */
const isSteams = (script: string): boolean => /\bapp_update\b/.test(withoutComments(script));

const appVariable = /^(SRCDS_APPID|STEAMCMD_APPID|STEAM_APP_?ID|APP_?ID)$/;

function steamOf({ install: { script }, variables }: Egg): string {
  const app = variables.find(({ variable }) => appVariable.test(variable))?.value;
  return /steamcmd/i.test(script) && app !== undefined && app !== '' ? `; it brings app ${app} by SteamCMD` : '';
}
