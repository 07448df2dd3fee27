import type { CommandSpec } from './specs.js';

/** Commands for people who make or look for funpacks. They need no box. */
export const funpackSpecs: readonly CommandSpec[] = [
  {
    name: 'funpack import-egg',
    args: '<source>',
    means: 'make a funpack of an egg of Pterodactyl or Pelican: a file, or an http: or https: address',
    more: 'It says, field by field, what was carried over, what was changed, and what could not be. The install ' +
      'script is kept, and not run.',
    flags: [
      { flag: '--to <dir>', means: 'the folder to write; default: one named for the egg, here' },
      {
        flag: '--program <name=path>',
        means: 'a program of this machine instead of one that the install script would bring; may be given again',
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
