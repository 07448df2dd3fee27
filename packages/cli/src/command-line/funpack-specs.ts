import type { CommandSpec } from './specs.js';

/** Commands for people who make or look for funpacks. They need no box. */
export const funpackSpecs: readonly CommandSpec[] = [
  {
    name: 'funpacks',
    args: '[name]',
    means: 'list the funpacks that a start finds by name, or the settings of one',
    examples: ['pinky funpacks', 'pinky funpacks openttd', "pinky funpacks openttd --json | jq '.settings[].name'"],
    load: async () => (await import('../commands/funpack/list.js')).funpacks,
  },
  {
    name: 'funpack new',
    args: '<dir>',
    means: 'write a small funpack that runs at once, to be changed into one for a real game',
    flags: [{ flag: '--form <form>', means: 'declarative or program; default declarative' }],
    examples: ['pinky funpack new ./mygame && pinky start a --funpack ./mygame'],
    load: async () => (await import('../commands/funpack/create.js')).create,
  },
  {
    name: 'funpack check',
    args: '<source>',
    means: 'say everything that is wrong with a funpack: its manifest, its programs, what it requires',
    more: 'With a log it shows which line matched which rule of `console`, and which rule never did. Exits with 1 if ' +
      'the funpack does not work here.',
    flags: [{ flag: '--log <file>', means: 'a file with the output of the game, such as that of `pinky logs`' }],
    examples: ['pinky funpack check ./mygame', 'pinky funpack check openttd --log openttd.log'],
    load: async () => (await import('../commands/funpack/check.js')).check,
  },
  {
    name: 'funpack run',
    args: '<source>',
    means: 'play one server of a funpack on a box of its own, until Ctrl-C or Ctrl-D',
    more: 'It shows the console of the game and, after a star, the events that come of it. Your lines go to the ' +
      'game. Another terminal reaches the box by `--home`. At the end the game is stopped, and nothing stays.',
    flags: [
      { flag: '--set <key=value>', means: 'a setting; may be given several times', isList: true },
      { flag: '--ram <mb>', means: 'memory in megabytes, as for `start`' },
      { flag: '--port <port>', means: 'this port and no other' },
      { flag: '--world <source>', means: 'the backup to start from' },
    ],
    examples: ['pinky funpack run ./mygame', 'pinky funpack run ./mygame --set motd=hello --port 4711'],
    load: async () => (await import('../commands/funpack/run.js')).run,
  },
  {
    name: 'funpack pack',
    args: '<dir>',
    means: 'write a funpack into an archive that other boxes can fetch, and print its SHA-256',
    more: 'The same content gives the same archive, whenever and wherever it is packed.',
    flags: [{ flag: '--to <file>', means: 'the archive; default <name>-<version>.tar.gz, here' }],
    examples: ['pinky funpack pack ./mygame --to /srv/www/mygame.tar.gz'],
    load: async () => (await import('../commands/funpack/pack.js')).pack,
  },
  {
    name: 'funpack import-egg',
    args: '<source>',
    means: 'make a funpack of an egg of Pterodactyl or Pelican: a file, or an http: or https: address',
    more: 'It says, field by field, what was carried over, what was changed, and what could not be. The install ' +
      'script runs at the first start of a server, unless it cannot work here.',
    flags: [
      { flag: '--to <dir>', means: 'the folder to write; default: one named for the egg, here' },
      {
        flag: '--program <name=path>',
        means: 'a program of this machine; the install script, which would bring another, is then not run; may be ' +
          'given again',
        isList: true,
      },
      { flag: '--done <text>', means: 'the text by which the game says that it is ready, instead of the egg\'s own' },
    ],
    examples: [
      'pinky funpack import-egg egg-paper.json',
      'pinky funpack import-egg egg-openttd.json --program openttd=/usr/games/openttd --to ./openttd',
    ],
    load: async () => (await import('../commands/funpack/import-egg.js')).importEgg,
  },
];
