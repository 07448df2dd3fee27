import type { CommandSpec } from './specs.js';

/** Commands about the box as a whole. */
export const boxSpecs: readonly CommandSpec[] = [
  {
    name: 'up',
    args: '',
    means: 'start the box and take over what runs already',
    more: 'In the foreground it shows the logs and ends with the supervisor: Ctrl-C detaches (games run on), TERM ' +
      'stops every game first.',
    flags: [
      { flag: '-d, --daemonize', means: 'return as soon as the box answers' },
      { flag: '--redis <address>', means: 'your own Redis instead of a private one' },
      { flag: '--prepare', means: 'check the configuration and write down what the box will run with; start nothing' },
    ],
    examples: ['pinky up', 'pinky up --daemonize', 'pinky up --redis redis://10.0.2.2:6379'],
    load: async () => (await import('../commands/up.js')).up,
  },
  {
    name: 'down',
    args: '',
    means: 'stop every game with its final backup, then the box; returns when all is gone',
    flags: [
      { flag: '--detach', means: 'stop only Pinky: games run on and are taken over by the next `pinky up`' },
      { flag: '--now', means: 'do not wait for games to stop by themselves' },
    ],
    examples: ['pinky down', 'pinky down --detach'],
    load: async () => (await import('../commands/down.js')).down,
  },
  {
    name: 'ps',
    args: '',
    means: 'show the tree of processes: state, port, players, pid, cpu, memory, what comes next',
    more: 'Works with the queue or the supervisor dead, from the files and /proc; then it says so.',
    flags: [{ flag: '-w, --watch', means: 'redraw every second' }],
    examples: ['pinky ps', 'pinky ps --watch', "pinky ps --json | jq '.servers[].port'"],
    load: async () => (await import('../commands/ps.js')).ps,
  },
  {
    name: 'reload',
    args: '',
    means: 'check pinky.yml and take up what may change while running',
    examples: ['pinky reload'],
    load: async () => (await import('../commands/reload.js')).reload,
  },
  {
    name: 'upgrade',
    args: '',
    means: 'have this version take over the box that runs; no game stops',
    more: 'The old supervisor detaches, the new one adopts games and workers, then queue and workers are replaced ' +
      'one by one. Under systemd the unit is restarted instead.',
    examples: ['git pull && npm ci && npm run build && pinky upgrade', 'pinky upgrade --json | jq .games'],
    load: async () => (await import('../commands/upgrade.js')).upgrade,
  },
  {
    name: 'events',
    args: '',
    means: 'print the newest events, one JSON document per line',
    flags: [
      { flag: '-f, --follow', means: 'go on with those that come, also while Redis is away' },
      { flag: '-n, --lines <count>', means: 'how many; default 20' },
    ],
    examples: ['pinky events -n 5', 'pinky events -f | jq -r .type'],
    load: async () => (await import('../commands/events.js')).events,
  },
  {
    name: 'redis',
    args: '',
    means: 'say how to reach the queue from a program: address and a BullMQ example that runs',
    examples: ['pinky redis'],
    load: async () => (await import('../commands/redis.js')).redis,
  },
  {
    name: 'doctor',
    args: '',
    means: 'say what is missing or odd on this machine, and how to put it right',
    more: 'Exits with 1 where something that Pinky needs is missing.',
    flags: [{ flag: '--funpack <dir>', means: 'check a funpack too: its manifest, its programs, what it requires' }],
    examples: ['pinky doctor', 'pinky doctor --funpack ./funpacks/emberhollow'],
    load: async () => (await import('../commands/doctor.js')).doctor,
  },
  {
    name: 'install',
    args: '',
    means: 'have systemd start the box with the machine, and watch it',
    more: 'Writes a unit and a file for its variables, and enables it; starts nothing. `systemctl stop` stops every ' +
      'game, `systemctl restart` none.',
    flags: [
      { flag: '--systemd', means: 'which init: systemd is what there is' },
      {
        flag: '--user <name>',
        means: 'who runs it; default root. Its home is then /var/lib/pinky unless --home says otherwise',
      },
      { flag: '--unit <name>', means: 'name of the unit, for a second box; default pinky' },
      { flag: '--to <dir>', means: 'where the files go; default /etc/systemd/system' },
      { flag: '--dry-run', means: 'print what would be written' },
    ],
    examples: ['pinky install --systemd --user pinky', 'pinky install --systemd --dry-run'],
    load: async () => (await import('../commands/install.js')).install,
  },
];
