import type { RunPart } from '@pinky/protocol';
import { carried, changed, missing, type Egg, type EggNote } from './egg.js';

interface Required {
  readonly program: string;
  readonly package?: string;
}

/** Programs that images bring, and the Debian package of each. An empty name: Debian has none. */
const packages: Readonly<Record<string, string>> = {
  wine: 'wine',
  wine64: 'wine64',
  'xvfb-run': 'xvfb',
  mono: 'mono-runtime',
  node: 'nodejs',
  npm: 'npm',
  python3: 'python3',
  python: 'python-is-python3',
  php: 'php-cli',
  ruby: 'ruby',
  screen: 'screen',
  tmux: 'tmux',
  nc: 'netcat-openbsd',
  telnet: 'telnet',
  jq: 'jq',
  curl: 'curl',
  unzip: 'unzip',
  box64: 'box64',
  minetest: 'minetest',
  'mumble-server': 'mumble-server',
  murmurd: 'mumble-server',
  tail: 'coreutils',
  rcon: '',
  proton: '',
  dotnet: '',
};

/** Programs that Debian 12 has by another name, and that one. */
const otherNames: Readonly<Record<string, string>> = { 'mumble-server': 'murmurd' };

/** Images that add libraries and nothing that takes part in a start. */
const plainImages = [
  /\/yolks:(debian|ubuntu|alpine|java_|python_|nodejs_|bun_|go_|rust_|mono_|dotnet_|wine_)/,
  /\/steamcmd:(debian|ubuntu|sniper|dotnet)/,
  /\/(ubuntu|debian|java|core)(:|$)|openjdk|temurin/,
];

/** The programs that the game needs and the install script does not bring, and what becomes of the images. */
export function programsOfEgg(
  { images }: Egg,
  run: readonly RunPart[],
  options: { readonly hasOwnPrograms?: boolean } = {},
): { requires: readonly Required[]; notes: readonly EggNote[] } {
  const line = run.flatMap((part) => (typeof part === 'string' ? [part] : part.args)).join(' ');
  const named = Object.keys(packages).filter((name) => isRun(line, name));
  const java = isRun(line, 'java') ? [javaOf(images)] : [];
  const shell = run[0] === 'bash' ? [{ program: 'bash', package: 'bash' }] : [];
  const foreign = named.filter((name) => packages[name] === '');
  const debian = named.filter((name) => packages[name] !== '' && packages[name] !== 'coreutils');
  const own = debian.map((program) => ({ program, package: packages[program] ?? program }));
  return {
    requires: [...java, ...own, ...foreign.map((program) => ({ program })), ...shell],
    notes: [
      ...foreign.map((name) => missing('docker_images', `brings ${name}, which no Debian package has`)),
      ...debian.filter((name) => Object.hasOwn(otherNames, name)).map(otherNameNote),
      ...imageNotes(images, {
        isInDebian: debian.length > 0 || options.hasOwnPrograms === true,
        isForeign: foreign.length > 0,
      }),
    ],
  };
}

const otherNameNote = (name: string): EggNote =>
  changed('docker_images', `Debian 12 calls ${name} ${otherNames[name]}; there, --program ${name}=${otherNames[name]}`);

/** Whether the line runs that program: it stands where a word begins, and is no file's name. */
const isRun = (line: string, name: string): boolean =>
  new RegExp(`(^|[\\s;&|("'\`])${name.replace('-', '\\-')}(?=[\\s;)"']|$)`).test(line);

function javaOf(images: readonly string[]): Required {
  const [, version] = /java_?(\d+)/.exec(images.join(' ')) ?? [];
  const isInDebian = Number(version) >= 17;
  return { program: 'java', package: isInDebian ? `openjdk-${version}-jre-headless` : 'default-jre-headless' };
}

function imageNotes(
  images: readonly string[],
  { isInDebian, isForeign }: { readonly isInDebian: boolean; readonly isForeign: boolean },
): readonly EggNote[] {
  const [first] = images;
  if (first === undefined) return [];
  const others = images.length > 1 ? `, the first of ${images.length}` : '';
  if (plainImages.some((plain) => plain.test(first))) {
    return [carried('docker_images', `${first}${others}: its programs are in requires`)];
  }
  if (isForeign) return [];
  return isInDebian
    ? [changed('docker_images', `${first}: a program of this machine takes its place`)]
    : [missing('docker_images', `${first} is made for this game; what its own start script does is not in the egg`)];
}
