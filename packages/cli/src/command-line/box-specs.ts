import type { CommandSpec } from './specs.js';

/** Commands about the box as a whole. */
export const boxSpecs: readonly CommandSpec[] = [
  {
    name: 'up',
    args: '',
    means: 'start the box, and take over everything that runs already',
    more: 'It starts every server that was wanted up when the box ended, however it ended. In the foreground it ' +
      'shows the logs and ends with the supervisor. Ctrl-C detaches: games keep running. TERM stops every game first.',
    flags: [
      { flag: '-d, --daemonize', means: 'return as soon as the box answers' },
      { flag: '--redis <address>', means: 'use your own Redis instead of a private one' },
      {
        flag: '--take-over',
        means: 'take the name of a box in your own Redis from a machine that is gone for good',
      },
      { flag: '--no-start', means: 'start no server that was wanted up; games that run are taken over all the same' },
      { flag: '--prepare', means: 'check the configuration and write effective.json, but start nothing' },
    ],
    examples: ['pinky up', 'pinky up --daemonize', 'pinky up --redis redis://10.0.2.2:6379'],
    load: async () => (await import('../commands/box/up.js')).up,
  },
  {
    name: 'down',
    args: '',
    means: 'stop every game with a final backup, then the box; returns when everything has ended',
    more: 'Servers that were wanted up stay wanted: the next `pinky up` starts them.',
    flags: [
      { flag: '--detach', means: 'stop only Pinky: games keep running, and the next `pinky up` takes them over' },
      { flag: '--now', means: 'do not wait until games stop by themselves' },
    ],
    examples: ['pinky down', 'pinky down --detach'],
    load: async () => (await import('../commands/box/down.js')).down,
  },
  {
    name: 'ps',
    args: '',
    means: 'show the tree of processes: state, port, players, pid, CPU, memory, what comes next',
    more: 'If the queue or the supervisor is dead, it reads the files and /proc instead, and says so.',
    flags: [{ flag: '-w, --watch', means: 'redraw every second' }],
    examples: ['pinky ps', 'pinky ps --watch', "pinky ps --json | jq '.servers[].port'"],
    load: async () => (await import('../commands/servers/ps.js')).ps,
  },
  {
    name: 'reload',
    args: '',
    means: 'check pinky.yml and apply the options that can change while the box runs',
    examples: ['pinky reload'],
    load: async () => (await import('../commands/box/reload.js')).reload,
  },
  {
    name: 'upgrade',
    args: '',
    means: 'let this version take over the running box; no game stops',
    more: 'The old supervisor detaches, the new one adopts games and workers, then queue and workers are replaced ' +
      'one by one. Under systemd the unit is restarted instead. A unit that `pinky install` wrote is rewritten for ' +
      'this version, unless it was changed by hand.',
    flags: [{ flag: '--to <dir>', means: 'where `pinky install` put the unit; default /etc/systemd/system' }],
    examples: ['git pull && npm ci && npm run build && pinky upgrade', 'pinky upgrade --json | jq .games'],
    load: async () => (await import('../commands/box/upgrade.js')).upgrade,
  },
  {
    name: 'events',
    args: '',
    means: 'print the newest events: on a terminal as time, server, type and words, else one JSON document a line',
    flags: [
      { flag: '-f, --follow', means: 'continue with new events, even while Redis is away' },
      { flag: '-n, --lines <count>', means: 'how many; default 20' },
    ],
    examples: ['pinky events -n 5', 'pinky events -f | jq -r .type'],
    load: async () => (await import('../commands/output/events.js')).events,
  },
  {
    name: 'redis',
    args: '',
    means: 'show how a program reaches the queue: the address, and an example for BullMQ that runs',
    examples: ['pinky redis'],
    load: async () => (await import('../commands/box/redis.js')).redis,
  },
  {
    name: 'completion',
    args: '<shell>',
    means: 'print a script that completes commands, options and servers: for bash, zsh or fish',
    examples: ['source <(pinky completion bash)', 'pinky completion fish > ~/.config/fish/completions/pinky.fish'],
    load: async (all) => (await import('../completion/completion.js')).completionOf(all),
  },
  {
    name: 'doctor',
    args: '',
    means: 'say what is missing or odd on this machine, and how to fix it',
    more: 'Exits with 1 if something that Pinky needs is missing.',
    flags: [{ flag: '--funpack <dir>', means: 'also check a funpack: its manifest, its programs, what it requires' }],
    examples: ['pinky doctor', 'pinky doctor --funpack ./funpacks/emberhollow'],
    load: async () => (await import('../commands/box/doctor.js')).doctor,
  },
  {
    name: 'isolate',
    args: '[id]',
    means: 'say how games are kept apart, and where to choose; or try how a server would be launched',
    more: 'The choice is `isolation` in pinky.yml. With --dry-run, the launch of each server, or of one, is tried ' +
      'under `user` and `strict`, as far as exec(2): its user, its view, an empty folder in the place of its own, ' +
      'whether its funpack can be read, and whether its program and the interpreter of that are there. It prints ' +
      'which files would become those of its user. Nothing is changed, and no game is started or touched. Exits with ' +
      '1 if something would not work.',
    flags: [{ flag: '--dry-run', means: 'try it' }],
    examples: ['pinky isolate', 'pinky isolate 1234 --dry-run', 'pinky isolate --dry-run --json'],
    load: async () => (await import('../commands/servers/isolate.js')).isolate,
  },
  {
    name: 'install',
    args: '',
    means: 'let systemd start the box with the machine, and watch it; or put this command on the PATH',
    more: 'Writes a unit and a file for its variables, and enables the unit. Starts nothing. `systemctl stop` stops ' +
      'every game, `systemctl restart` stops none. With --command it makes a link instead: `pinky` where that comes ' +
      'before the one of coreutils, else `pinkyctl`; it says which.',
    flags: [
      { flag: '--systemd', means: 'the only init system so far' },
      { flag: '--command', means: 'put the command on the PATH, in /usr/local/bin or in the folder of --to' },
      {
        flag: '--user <name>',
        means: 'the user who runs it; default root. The home is then /var/lib/pinky unless --home is given',
      },
      { flag: '--unit <name>', means: 'name of the unit; give one for a second box; default pinky' },
      { flag: '--to <dir>', means: 'folder for the files; default /etc/systemd/system, or /usr/local/bin' },
      { flag: '--dry-run', means: 'only print the files' },
    ],
    examples: [
      'pinky install --systemd --user pinky',
      'pinky install --systemd --dry-run',
      'pinky install --command',
    ],
    load: async () => (await import('../commands/box/install.js')).install,
  },
];
