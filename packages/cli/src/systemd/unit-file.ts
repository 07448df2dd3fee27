import { titlePadding } from '@pinky/protocol';

/** What a unit file is made from. Paths are absolute. */
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
  /** Secrets and variables; may be absent. */
  readonly environmentFile: string;
  /** Who runs it; undefined: root. */
  readonly user: string | undefined;
}

/** One line of a unit file: a setting with the reason for it, or a setting that speaks for itself. */
type Line = readonly [setting: string, because?: string];

/** systemd has made /var/lib/<name> for its user before it starts anything. */
const stateDirectory = /^\/var\/lib\/([A-Za-z0-9_.-]+)$/;

/** `pinky.service`, with its reasons as comments. docs/systemd.md shows it. */
export function unitFile(parts: UnitParts): string {
  const sections: readonly (readonly [name: string, lines: readonly Line[]])[] = [
    ['Unit', unitLines],
    ['Service', [...programLines(parts), ...stoppingLines, ...livingLines, ...hardeningLines]],
    ['Install', [['WantedBy=multi-user.target']]],
  ];
  const text = sections.map(([name, lines]) =>
    [
      `[${name}]`,
      ...lines.flatMap(([setting, because]) => [...(because === undefined ? [] : [`# ${because}`]), setting]),
    ].join('\n'),
  );
  return `# Written by \`pinky install --systemd\`. Own settings belong into \`systemctl edit ${parts.unit}\`, ` +
    `which survives the next one.\n${text.join('\n\n')}\n`;
}

const unitLines: readonly Line[] = [
  ['Description=Pinky: the game servers of this box'],
  ['Wants=network-online.target'],
  [
    'After=network-online.target redis-server.service dbus.service',
    'An own Redis is there before the box, and still there while it stops.',
  ],
  ['StartLimitIntervalSec=0', 'A supervisor is always wanted back: games wait for it, and it finds them again.'],
];

function programLines({
  node,
  pinky,
  supervisor,
  home,
  configFile,
  environmentFile,
  user,
}: UnitParts): readonly Line[] {
  const state = stateDirectory.exec(home)?.[1];
  const config = configFile === undefined ? '' : ` --config ${word(configFile)}`;
  return [
    ['Type=notify'],
    [
      'NotifyAccess=all',
      'Node cannot open a datagram socket of that kind: systemd-notify(1) speaks for the supervisor.',
    ],
    ...(user === undefined ? [] : ([[`User=${user}`]] as const)),
    [`Environment=${quoted(`PINKY_HOME=${home}`)}`], // here $ is only a character
    [`EnvironmentFile=-${environmentFile}`],
    ...(state === undefined ? [] : ([[`StateDirectory=${state}`], ['StateDirectoryMode=0700']] as const)),
    ['UMask=0077'],
    [
      `ExecStartPre=${word(node)} ${word(pinky)} up --prepare${config}`,
      'Checks pinky.yml, and names a wrong option with its line.',
    ],
    [
      `ExecStart=${word(node)} ${word(supervisor)} ${word(home)} ${titlePadding}`,
      'The padding makes room for the title that ps(1) shows.',
    ],
    [
      `ExecReload=${word(node)} ${word(pinky)} reload`,
      'What USR2 does; and a mistake in pinky.yml fails the reload and is told.',
    ],
  ];
}

const stoppingLines: readonly Line[] = [
  [
    'KillMode=process',
    "Signals go to the supervisor alone: games and workers are in this unit's cgroup, and are its own to stop.",
  ],
  [
    'KillSignal=SIGTERM',
    '`systemctl stop`, and the machine going down: every game stops gracefully with its final backup.',
  ],
  [
    'RestartKillSignal=SIGINT',
    '`systemctl restart`: the supervisor detaches, games run on, and its successor takes them over.',
  ],
  ['TimeoutStopSec=30min', 'All games with their final backups; the supervisor itself has shorter limits for each.'],
  ['TimeoutStartFailureMode=kill', 'A TERM here would stop the games that are to be taken over.'],
];

const livingLines: readonly Line[] = [
  ['Restart=on-failure', '`pinky down` is meant; a killed supervisor is not. Those that live on are adopted.'],
  ['RestartSec=200ms'],
  ['RestartPreventExitStatus=4', 'Another supervisor owns this home: started by hand, say.'],
  ['WatchdogSec=60'],
  ['WatchdogSignal=SIGKILL', 'What hangs does not hear TERM, and a core dump of it would hold secrets.'],
  ['OOMPolicy=continue', 'One game that is out of memory must not cost the others their box.'],
  ['Delegate=yes', 'The cgroups below are Pinky\'s.'],
  ['TasksMax=infinity'],
];

const hardeningLines: readonly Line[] = [
  [
    'NoNewPrivileges=yes',
    'What games can live with. Not PrivateTmp: it would take /tmp from games that outlive a restart. Not\n# ' +
      'MemoryDenyWriteExecute, SystemCallArchitectures or RestrictNamespaces: JITs, 32-bit servers and their ' +
      'sandboxes need these.',
  ],
  ['ProtectSystem=full'],
  ['ProtectKernelTunables=yes'],
  ['ProtectKernelModules=yes'],
  ['ProtectKernelLogs=yes'],
];

/** One word of a command line, in which systemd.service(5) would put variables. */
const word = (text: string): string => quoted(text.replaceAll('$', '$$$$'));

/** A value as systemd.syntax(7) wants it, where `%` begins a specifier. */
function quoted(text: string): string {
  const escaped = text.replaceAll('%', '%%');
  return /^[\w./:=@%$-]+$/.test(escaped) ? escaped : `"${escaped.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
