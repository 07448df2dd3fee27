import type { CommandSpec } from './specs.js';

const commands = () => import('../commands/servers/server-commands.js');

/** The options that change what a server is without another funpack. */
const changeFlags: NonNullable<CommandSpec['flags']> = [
  { flag: '--ram <mb>', means: 'memory in megabytes: 1024, or 512:1024 for minimum and maximum; default 1024' },
  { flag: '--port <port>', means: 'this port and no other, at this and every later start' },
  {
    flag: '--on-exit <rules>',
    means: 'what follows if the game ends by itself: restart, stop, or by code, as in 3=stop,restart; funpack: what ' +
      'its funpack says',
  },
];

const byNumber = 'A player is meant by name, or by the number that events have as user_id.';

/** Commands about one game server. */
export const serverSpecs: readonly CommandSpec[] = [
  {
    name: 'start',
    args: '<id>',
    means: 'start a game server; returns when it is up',
    more: 'The server is remembered: without options it is started as it was before, and an option changes only what ' +
      'it names. For a server that is up, other settings, memory or port apply at its next start. The value of a ' +
      'setting may be JSON, such as 3, true or ["a"]; anything else is text. The schema of the funpack checks it.',
    flags: [
      {
        flag: '--funpack <source>',
        means: 'the name of a funpack, a directory, an archive, or an address; needed the first time',
      },
      { flag: '--funpack-sha256 <hex>', means: 'the SHA-256 that the archive must have' },
      { flag: '--funpack-id <id>', means: 'your own name for the funpack' },
      { flag: '--set <key=value>', means: 'a setting; may be given several times', isList: true },
      ...changeFlags,
      {
        flag: '--world <source>',
        means: 'the backup to start from, or `new`; default: the newest backup, if there is one',
      },
      { flag: '--world-sha256 <hex>', means: 'the SHA-256 that the backup must have' },
    ],
    examples: [
      'pinky start 1234 --funpack emberhollow',
      'pinky start 1234',
      'pinky start 1234 --funpack https://example.org/game.tar.lzo --ram 1024 --set seed=42 --set name="my world"',
    ],
    load: async () => (await commands()).start,
  },
  {
    name: 'set',
    args: '<id> [key=value...]',
    means: 'change settings, memory or port of a server, and start nothing',
    more: 'A game that is up is told at once what its funpack lets it change; the answer says what applies at its ' +
      'next start, such as `pinky restart`. The schema of the funpack checks the settings; a value may be JSON, as ' +
      'for `start`. The box must run. Another funpack is for `start --funpack`, which begins anew.',
    flags: [
      {
        flag: '--unset <key>',
        means: 'a setting that is to be as if it had never been given; may be given several times',
        isList: true,
      },
      ...changeFlags,
    ],
    examples: ['pinky set 1234 motd=hello', 'pinky set 1234 --ram 2048 --unset seed'],
    load: async () => (await import('../commands/servers/set.js')).set,
  },
  {
    name: 'settings',
    args: '<id>',
    means: 'print the settings, memory and port of a server, and the defaults of its funpack',
    more: 'A secret is shown as six dots. It reads files, so it works even if everything is dead.',
    examples: ['pinky settings 1234', 'pinky settings 1234 --json | jq .settings'],
    load: async () => (await import('../commands/servers/settings.js')).settings,
  },
  {
    name: 'stop',
    args: '<id>',
    means: 'stop a game server, with a final backup; its world is parked, and the next start goes on with it',
    more: 'Exits with 1 if the final backup failed. The server is down then too, and its world is safe where the ' +
      'answer says.',
    flags: [{ flag: '--discard', means: 'write no final backup, and remove the world' }],
    examples: ['pinky stop 1234'],
    load: async () => (await commands()).stop,
  },
  {
    name: 'restart',
    args: '<id>',
    means: 'stop a game server and start it again',
    examples: ['pinky restart 1234'],
    load: async () => (await commands()).restart,
  },
  {
    name: 'kill',
    args: '<id>',
    means: 'end a game that hangs, by QUIT and KILL at once; the server is wanted down then, and its world is parked',
    more: 'The game is asked nothing, so what it had not saved is lost. `pinky stop` asks first.',
    examples: ['pinky kill 1234'],
    load: async () => (await commands()).kill,
  },
  {
    name: 'ls',
    args: '',
    means: 'list every server that is known, up or down: port, players, newest backup, disk use',
    more: 'It reads files, so it works even if everything is dead.',
    examples: ['pinky ls', "pinky ls --json | jq -r '.servers[].serverId'"],
    load: async () => (await import('../commands/servers/ls.js')).ls,
  },
  {
    name: 'rm',
    args: '<id>',
    means: 'forget a server that is down: what it is, its port and its history',
    more: 'Its backups stay, unless you say otherwise. It refuses a server that is up, and one with a world that no ' +
      'verified backup holds. A backup that nobody has read back yet is read now.',
    flags: [
      { flag: '--with-backups', means: 'remove its backups too' },
      { flag: '--discard', means: 'remove its world even if no verified backup holds it' },
    ],
    examples: ['pinky rm 1234', 'pinky rm 1234 --with-backups'],
    load: async () => (await commands()).rm,
  },
  {
    name: 'tell',
    args: '<id> <user> <message...>',
    means: 'say something to one player',
    more: byNumber,
    examples: ['pinky tell 1234 alice your house is on fire'],
    load: async () => (await commands()).tell,
  },
  {
    name: 'broadcast',
    args: '[id] [message...]',
    means: 'say something to everybody on a server, or on all servers',
    flags: [{ flag: '--all', means: 'every server that is up; give no id then' }],
    examples: ['pinky broadcast 1234 hello all', 'pinky broadcast --all restart in five minutes'],
    load: async () => (await commands()).broadcast,
  },
  {
    name: 'kick',
    args: '<id> <user> [message...]',
    means: 'remove a player from the game',
    more: byNumber,
    examples: ['pinky kick 1234 bob be good'],
    load: async () => (await commands()).kick,
  },
  {
    name: 'list',
    args: '<id>',
    means: 'print who is connected, one name a line',
    examples: ['pinky list 1234'],
    load: async () => (await commands()).list,
  },
  {
    name: 'players',
    args: '[id]',
    means: 'print who is connected to a server, or to all servers that run, as `list` does',
    examples: ['pinky players', 'pinky players 1234', "pinky players --json | jq '.servers[].players | length'"],
    load: async () => (await import('../commands/servers/players.js')).players,
  },
  {
    name: 'backup',
    args: '<id>',
    means: 'back up a world now; of a server that is down: its parked world, if no backup holds that',
    flags: [
      {
        flag: '--force',
        means: "everything in the server's folder, without its funpack's bin/import and without a word to the game; " +
          'also a world with which the game was never up',
      },
    ],
    examples: ['pinky backup 1234', 'pinky backup 1234 --force'],
    load: async () => (await commands()).backup,
  },
  {
    name: 'status',
    args: '[id]',
    means: 'print a server\'s state, port and players, or those of all servers that run, as the queue knows them',
    more: 'The answer is that of the command `status` by BullMQ or by list. `ps` looks at more, and works even if ' +
      'the queue is dead.',
    examples: ['pinky status', 'pinky status 1234 --json'],
    load: async () => (await import('../commands/servers/box-commands.js')).status,
  },
  {
    name: 'fetch',
    args: '',
    means: 'bring a funpack or a world into the cache, and start nothing; a later start finds it there',
    flags: [
      { flag: '--funpack <source>', means: 'the name of a funpack, a directory, an archive, or an address' },
      { flag: '--funpack-sha256 <hex>', means: 'the SHA-256 that the archive must have' },
      { flag: '--funpack-md5 <hex>', means: 'its MD5, where the publisher tells only that' },
      { flag: '--world <source>', means: 'the archive of a world, by its path or address' },
      { flag: '--world-sha256 <hex>', means: 'the SHA-256 that the world must have' },
      { flag: '--world-md5 <hex>', means: 'its MD5, where the publisher tells only that' },
    ],
    examples: ['pinky fetch --funpack https://example.org/game.tar.lzo --world https://example.org/world.tar.lzo'],
    load: async () => (await import('../commands/servers/box-commands.js')).fetch,
  },
  {
    name: 'logs',
    args: '<id>',
    means: 'print the output of a game; works even if everything is dead',
    more: 'A game\'s own lines have no time of their own. --since goes by when they were written, to within a few ' +
      'seconds.',
    flags: [
      { flag: '-f, --follow', means: 'continue with new output, across restarts' },
      { flag: '-n, --lines <count>', means: 'how many lines; default 100, or all that --since or --grep finds' },
      { flag: '--since <time>', means: 'only lines from then on: 10m (ago), 18:00, or 2026-11-28 18:00' },
      { flag: '--grep <pattern>', means: 'only lines that match a regular expression, whatever their case' },
      { flag: '--install', means: 'the output of the install script of its funpack instead' },
    ],
    examples: ['pinky logs 1234 -n 20', 'pinky logs -f 1234', 'pinky logs 1234 --since 1h --grep "joined|left"'],
    load: async () => (await import('../commands/output/logs.js')).logs,
  },
  {
    name: 'attach',
    args: '<id>',
    means: 'the console of a game: shows its output, and sends your lines to it; Ctrl-D ends',
    more: 'On a terminal you edit a line before it is sent, and the arrow up brings back those of before.',
    examples: ['pinky attach 1234', 'echo "say hello" | pinky attach 1234'],
    load: async () => (await import('../commands/output/attach.js')).attach,
  },
  {
    name: 'explain',
    args: '<id>',
    means: 'say why a server is in its state, since when, and what happens next',
    examples: ['pinky explain 1234'],
    load: async () => (await import('../commands/servers/explain.js')).explain,
  },
];
