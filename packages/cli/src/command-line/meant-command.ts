/** The words of people who know other tools, and their meaning here. */
export const guesses: Readonly<Record<string, string>> = {
  '-v': '`pinky --version` prints it; a command has `--help`',
  '-version': '`pinky --version` prints it',
  add: '`pinky start <id> --funpack <source>` makes a server and starts it',
  config: '`pinky.yml` in the home holds the options (docs/configuration.md); `pinky reload` applies them',
  connect: '`pinky attach <id>` is the console of a game',
  console: '`pinky attach <id>` is the console of a game',
  create: '`pinky start <id> --funpack <source>` makes a server and starts it',
  delete: '`pinky rm <id>` forgets a server that is down; `pinky stop <id>` stops it first',
  describe: '`pinky explain <id>` says everything about a server',
  destroy: '`pinky rm <id>` forgets a server that is down; `pinky stop <id>` stops it first',
  end: '`pinky stop <id>` stops a server; `pinky down` stops every game, then the box',
  erase: '`pinky rm <id>` forgets a server that is down; `pinky stop <id>` stops it first',
  exec: '`pinky attach <id>` sends lines to a game',
  exit: '`pinky down` stops every game, then the box',
  get: '`pinky explain <id>` says everything about a server; `pinky ls` lists them',
  halt: '`pinky down` stops every game, then the box',
  health: '`pinky doctor` says what is wrong',
  info: '`pinky explain <id>` says everything about a server',
  inspect: '`pinky explain <id>` says everything about a server',
  message: '`pinky broadcast <id> <message>` tells everybody on a server, `pinky tell` one player',
  new: '`pinky start <id> --funpack <source>` makes a server and starts it',
  open: '`pinky attach <id>` is the console of a game',
  quit: '`pinky down` stops every game, then the box',
  reboot: '`pinky restart <id>` restarts a server; `pinky upgrade` replaces the processes of the box',
  remove: '`pinky rm <id>` forgets a server that is down; `pinky stop <id>` stops it first',
  run: '`pinky start <id> --funpack <source>` starts a server',
  say: '`pinky broadcast <id> <message>` tells everybody on a server, `pinky tell` one player',
  send: '`pinky attach <id>` sends lines to a game',
  serve: '`pinky up` starts the box',
  server: '`pinky up` starts the box',
  servers: '`pinky ls` lists the servers, up or down',
  shell: '`pinky attach <id>` sends lines to a game',
  show: '`pinky explain <id>` says everything about a server; `pinky ps` shows what runs',
  shutdown: '`pinky down` stops every game, then the box',
  stats: '`pinky ps` shows what runs and what it uses',
  tail: '`pinky logs -f <id>` follows the output of a game',
  terminate: '`pinky stop <id>` stops a server; `pinky down` stops every game, then the box',
  top: '`pinky ps --watch` shows what runs and what it uses',
  update: '`pinky upgrade` lets this version take over the running box',
  version: '`pinky --version` prints it',
  view: '`pinky explain <id>` says everything about a server; `pinky ps` shows what runs',
};

/** A hint for a command that does not exist, if it is a common guess. */
export const meantCommand = (name: string): string | undefined =>
  Object.hasOwn(guesses, name) ? guesses[name] : undefined;

/** Commands that stop or remove something: nobody may run one because another word looks a little like it. */
const grave: ReadonlySet<string> = new Set(['down', 'kick', 'kill', 'restart', 'rm', 'stop', 'upgrade']);

/** Commander's suggestions. A dangerous command is suggested only if the word is nearly it. */
export const safeSuggestions = (typed: string, suggested: readonly string[]): readonly string[] =>
  suggested.filter((command) => !grave.has(command) || isSlip(typed, command));

/** Whether one letter more, less or other, or two exchanged, make one word of the other. */
function isSlip(typed: string, meant: string): boolean {
  const shorter = Math.min(typed.length, meant.length);
  let from = 0;
  while (from < shorter && typed[from] === meant[from]) from += 1;
  let end = 0;
  while (end < shorter - from && typed.at(-1 - end) === meant.at(-1 - end)) end += 1;
  const [one, other] = [typed.slice(from, typed.length - end), meant.slice(from, meant.length - end)];
  return Math.max(one.length, other.length) <= 1 || (one.length === 2 && one === `${other[1]}${other[0]}`);
}
