import { stepsInWords } from '@pinky/protocol';
import { playersCount } from '../known/players-count.js';
import { formatDuration, formatSize } from '../terminal/figures.js';
import type { Output, Tone } from '../terminal/output.js';
import { table, type TableRow } from '../terminal/table.js';
import type { BoxView } from './box-view.js';
import type { ProcessRow } from './process-row.js';
import type { ServerRow } from './server-row.js';

const heading = ['PROCESS', 'STATE', 'PORT', 'PLAYERS', 'PID', 'SINCE', 'RESTARTS', 'CPU', 'MEMORY', 'NEXT'];

const tones: Readonly<Record<string, Tone>> = {
  up: 'good',
  running: 'good',
  preparing: 'busy',
  starting: 'busy',
  stopping: 'busy',
  'backing up': 'busy',
  crashed: 'bad',
  failed: 'bad',
  gone: 'bad',
  backingOff: 'bad',
  stalled: 'bad',
  connected: 'good',
  away: 'bad',
  taken: 'bad',
  refusing: 'bad',
  'not running': 'bad',
  unwatched: 'bad',
  down: 'quiet',
};

interface Drawing {
  readonly view: BoxView;
  readonly now: number;
  readonly out: Output;
}

/** The box as a tree of processes, one line each. `now` is Unix milliseconds. */
export function treeLines(view: BoxView, now: number, out: Output): string[] {
  const [root, ...others] = rootFirst(view);
  const branches: TableRow[][] = [
    ...others.map((process) => [processRow(nameOf(process, view), process, now, out)]),
    ...view.servers.map((server) => serverRows(server, { view, now, out })),
  ];
  const rows = root
    ? [processRow(`supervisor [box ${view.box}]`, root, now, out)]
    : [[`(no supervisor) [box ${view.box}]`]];
  branches.forEach((branch, i) => rows.push(...drawn(branch, i === branches.length - 1)));
  const [head = '', ...lines] = table(heading, rows);
  return [out.paint('quiet', head), ...lines];
}

const nameOf = (process: ProcessRow, view: BoxView): string =>
  `${process.role}${process.address === undefined ? '' : ` ${process.address}`}${late(process, view)}`;

/** The supervisor first, or undefined in its place. */
function rootFirst(view: BoxView): [ProcessRow | undefined, ...ProcessRow[]] {
  return [
    view.processes.find((process) => process.role === 'supervisor'),
    ...view.processes.filter((process) => process.role !== 'supervisor'),
  ];
}

/** The lines of a branch, with the tree drawn before their first cells. */
const drawn = (branch: readonly TableRow[], isLast: boolean): TableRow[] =>
  branch.map(([name, ...rest], i) => [
    `${i === 0 ? (isLast ? '└─ ' : '├─ ') : isLast ? '   ' : '│  '}${i === 0 ? '' : '└─ '}${name ?? ''}`,
    ...rest,
  ]);

function processRow(name: string, process: ProcessRow, now: number, out: Output): TableRow {
  return [
    name,
    state(process.state, out),
    undefined,
    undefined,
    process.pid,
    since(process.since, now),
    process.restarts,
    undefined,
    undefined,
    startsAgain(process),
  ];
}

function serverRows(server: ServerRow, { now, out, view }: Drawing): TableRow[] {
  const game = server.game === undefined ? '' : ` [${out.foreign(server.game)}]`;
  const shown = server.isBackingUp ? 'backing up' : server.state;
  const worker = server.worker;
  const first: TableRow = [
    `worker ${server.serverId}${game}${worker ? late(worker, view) : ''}`,
    state(shown, out),
    [server.port, ...Object.entries(server.ports ?? {}).map(([name, port]) => `${name} ${port}`)].join(', '),
    playersCount(server),
    worker?.pid ?? '-',
    since(server.since, now),
    server.restarts,
    undefined,
    undefined,
    [
      next(server, now, out),
      worker && startsAgain(worker, 'its worker '),
      nextByClock(server.serverId, { view, now, out }),
    ].filter(Boolean).join('; '),
  ];
  if (server.pid === undefined) return [first];
  const cpu = server.cpuPercent === undefined ? undefined : `${server.cpuPercent.toFixed(1)}%`;
  const memory = server.memoryBytes === undefined ? undefined : formatSize(server.memoryBytes);
  return [first, ['game', undefined, undefined, undefined, server.pid, undefined, undefined, cpu, memory]];
}

/** Shown only if the heartbeat is late. */
const late = ({ heartbeatAgeMs = 0 }: ProcessRow, { lateAfterMs }: BoxView): string =>
  heartbeatAgeMs > lateAfterMs ? ` (silent for ${formatDuration(heartbeatAgeMs)})` : '';

const startsAgain = ({ startsInMs }: ProcessRow, whose = ''): string | undefined =>
  startsInMs === undefined ? undefined : `${whose}starts again in ${formatDuration(startsInMs)}`;

const state = (name: string, out: Output): string => {
  const tone = tones[name];
  return tone ? out.paint(tone, name) : name;
};

const since = (from: number | undefined, now: number): string | undefined =>
  from === undefined ? undefined : formatDuration(Math.max(0, now - from));

function next(server: ServerRow, now: number, out: Output): string | undefined {
  if (server.next === undefined) return undefined;
  const wait = server.nextAt === undefined ? '' : ` in ${formatDuration(Math.max(0, server.nextAt - now))}`;
  return `${out.foreign(server.next)}${wait}`;
}

/** The schedule of a server that runs next. */
function nextByClock(serverId: string, { view, now, out }: Drawing): string | undefined {
  const first = view.schedules.find((schedule) => schedule.serverId === serverId && schedule.next !== undefined);
  return first?.next === undefined
    ? undefined
    : `${out.foreign(stepsInWords(first.do))} in ${formatDuration(Math.max(0, first.next - now))}`;
}
