/** The words of people who know other tools, and their meaning here. */
export const guesses: Readonly<Record<string, string>> = {
  config: '`pinky.yml` in the home holds the options (docs/configuration.md); `pinky reload` applies them',
  console: '`pinky attach <id>` is the console of a game',
  create: '`pinky start <id> --funpack <source>` makes a server and starts it',
  delete: '`pinky rm <id>` forgets a server that is down; `pinky stop <id>` stops it first',
  exec: '`pinky attach <id>` sends lines to a game',
  halt: '`pinky down` stops every game, then the box',
  health: '`pinky doctor` says what is wrong',
  info: '`pinky explain <id>` says everything about a server',
  inspect: '`pinky explain <id>` says everything about a server',
  kill: '`pinky stop <id>` stops a server; `pinky down --now` does not wait for games',
  message: '`pinky broadcast <id> <message>` tells everybody on a server, `pinky tell` one player',
  new: '`pinky start <id> --funpack <source>` makes a server and starts it',
  players: '`pinky list <id>` prints who is connected',
  quit: '`pinky down` stops every game, then the box',
  remove: '`pinky rm <id>` forgets a server that is down; `pinky stop <id>` stops it first',
  run: '`pinky start <id> --funpack <source>` starts a server',
  say: '`pinky broadcast <id> <message>` tells everybody on a server, `pinky tell` one player',
  send: '`pinky attach <id>` sends lines to a game',
  serve: '`pinky up` starts the box',
  server: '`pinky up` starts the box',
  servers: '`pinky ls` lists the servers, up or down',
  shutdown: '`pinky down` stops every game, then the box',
  tail: '`pinky logs -f <id>` follows the output of a game',
  update: '`pinky upgrade` lets this version take over the running box',
  version: '`pinky --version` prints it',
};

/** A hint for a command that does not exist, if it is a common guess. */
export const meantCommand = (name: string): string | undefined =>
  Object.hasOwn(guesses, name) ? guesses[name] : undefined;
