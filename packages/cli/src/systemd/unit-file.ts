import { createHash } from 'node:crypto';
import { gamesSlice } from '@pinky/jail';
import { processExits, titlePadding } from '@pinky/protocol';
import { quotedValue, word } from './unit-syntax.js';

/** The parts from which a unit file is made. Paths are absolute. */
export interface UnitParts {
  /** Name of the unit, without `.service`. */
  readonly unit: string;
  readonly node: string;
  /** bin/pinky. */
  readonly pinky: string;
  /** The program of the supervisor. */
  readonly supervisor: string;
  readonly home: string;
  readonly configFile: string | undefined;
  /** Its variables and secrets. The file may be absent. */
  readonly environmentFile: string;
  /** The user who runs it. Undefined means root. */
  readonly user: string | undefined;
}

/** One line of a unit file: a setting, with its reason if it needs one. */
type UnitLine = readonly [setting: string, because?: string];

/** systemd makes /var/lib/<name> for the user before it starts the program. */
const stateDirectory = /^\/var\/lib\/([A-Za-z0-9_.-]+)$/;

/** The first words of every unit that we write. */
export const unitMark = '# Written by `pinky install --systemd`.';

/** `pinky.service`, with its reasons as comments. docs/systemd.md shows it. */
export function unitFile(parts: UnitParts): string {
  const sections: readonly (readonly [name: string, lines: readonly UnitLine[]])[] = [
    ['Unit', [...unitLines, ...(parts.user === undefined ? sliceLines : [])]],
    ['Service', [...programLines(parts), ...stoppingLines, ...livingLines, ...hardeningLines]],
    ['Install', [['WantedBy=multi-user.target']]],
  ];
  const text = sections.map(([name, lines]) =>
    [
      `[${name}]`,
      ...lines.flatMap(([setting, because]) => [...(because === undefined ? [] : [`# ${because}`]), setting]),
    ].join('\n'),
  );
  const body = `${text.join('\n\n')}\n`;
  return `${unitMark} Put your own settings into \`systemctl edit ${parts.unit}\`: \`pinky upgrade\` rewrites this ` +
    `file, unless it was changed.\n${checksumLine(body)}\n${body}`;
}

/** By this line a later version knows whether the file was changed by hand. */
export const checksumLine = (body: string): string =>
  `# Checksum of the lines below: ${createHash('sha256').update(body).digest('hex').slice(0, 16)}`;

const unitLines: readonly UnitLine[] = [
  ['Description=Pinky: the game servers of this box'],
  ['Wants=network-online.target'],
  [
    'After=network-online.target redis-server.service dbus.service',
    'Your own Redis starts before the box and stops after it.',
  ],
  ['StartLimitIntervalSec=0', 'A supervisor must always come back: games wait for it, and it finds them again.'],
];

/** Without a file of its own, a slice is made as soon as a unit wants it. */
const sliceLines: readonly UnitLine[] = [
  [
    `Wants=${gamesSlice}`,
    'Games have a slice of their own: below this unit, their cgroups would keep systemd from restarting it.\n# ' +
      `Limits for all of them: systemctl set-property ${gamesSlice} MemoryMax=16G`,
  ],
  [`After=${gamesSlice}`, 'The machine goes down: the slice ends after this unit, which stops its games gracefully.'],
];

function programLines({
  node,
  pinky,
  supervisor,
  home,
  configFile,
  environmentFile,
  user,
}: UnitParts): readonly UnitLine[] {
  const state = stateDirectory.exec(home)?.[1];
  const config = configFile === undefined ? '' : ` --config ${word(configFile)}`;
  return [
    ['Type=notify'],
    [
      'NotifyAccess=all',
      'Node cannot open a Unix datagram socket, so systemd-notify(1) speaks for the supervisor.',
    ],
    ...(user === undefined ? [] : ([[`User=${user}`]] as const)),
    [`Environment=${quotedValue(`PINKY_HOME=${home}`)}`], // $ has no meaning here
    [`EnvironmentFile=-${environmentFile}`],
    ...(state === undefined ? [] : ([[`StateDirectory=${state}`], stateMode(user)] as const)),
    ['UMask=0077'],
    [
      `ExecStartPre=${word(node)} ${word(pinky)} up --prepare${config}`,
      'Checks pinky.yml, and names the line of a bad option.',
    ],
    [
      `ExecStart=${word(node)} ${word(supervisor)} ${word(home)} ${titlePadding}`,
      'The padding makes room for the title that ps(1) shows.',
    ],
    [
      `ExecReload=${word(node)} ${word(pinky)} reload`,
      'Does the same as USR2, but a mistake in pinky.yml fails the reload.',
    ],
  ];
}

/** systemd sets this mode before each program of the unit, also while games run. */
const stateMode = (user: string | undefined): UnitLine =>
  (user === undefined
    ? ['StateDirectoryMode=0711', 'Games with users of their own pass through it, and can read nothing.']
    : ['StateDirectoryMode=0700']);

const stoppingLines: readonly UnitLine[] = [
  [
    'KillMode=process',
    "Only the supervisor gets signals. Games and workers are in this unit's cgroup, but only it may stop them.",
  ],
  [
    'KillSignal=SIGTERM',
    '`systemctl stop`, and shutdown of the machine: every game stops gracefully, with a final backup.',
  ],
  [
    'RestartKillSignal=SIGINT',
    '`systemctl restart`: the supervisor detaches, games keep running, and the next supervisor takes them over.',
  ],
  ['TimeoutStopSec=30min', 'For all games with their final backups. The supervisor has shorter limits for each.'],
  ['TimeoutStartFailureMode=kill', 'TERM would stop the games that should be taken over.'],
];

const livingLines: readonly UnitLine[] = [
  ['Restart=on-failure', 'Not after `pinky down`, but after a kill. Processes that still run are adopted.'],
  ['RestartSec=200ms'],
  [
    `RestartPreventExitStatus=${processExits.occupied}`,
    'Another supervisor owns this home, for example one that was started by hand.',
  ],
  ['WatchdogSec=60'],
  ['WatchdogSignal=SIGKILL', 'A hung process does not hear TERM, and a core dump would contain secrets.'],
  ['OOMPolicy=continue', 'One game that runs out of memory must not end the whole box.'],
  ['Delegate=yes', 'Pinky manages the cgroups below this one.'],
  ['TasksMax=infinity'],
];

const hardeningLines: readonly UnitLine[] = [
  [
    'NoNewPrivileges=yes',
    'Only what games can live with. Not PrivateTmp: games that outlive a restart would lose their /tmp. Not\n# ' +
      'MemoryDenyWriteExecute, SystemCallArchitectures or RestrictNamespaces: JITs, 32-bit servers and sandboxes of ' +
      'games need them.',
  ],
  ['ProtectSystem=full'],
  ['ProtectKernelTunables=yes'],
  ['ProtectKernelModules=yes'],
  ['ProtectKernelLogs=yes'],
];
