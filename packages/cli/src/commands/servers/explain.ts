import { existsSync } from 'node:fs';
import {
  assertServerId,
  gapsInWords,
  installedPaths,
  readDefinition,
  readMaintenance,
  serverPaths,
  type BoxConfig,
  type Definition,
} from '@pinky/protocol';
import { identify } from '@pinky/supervisor/identity';
import type { Context } from '../../command-line/context.js';
import { backupNotesOf } from '../../known/backup-notes.js';
import { viewBox } from '../../observe/box-view.js';
import { lastLines, runsOf, serverOnDisk, textOf } from '../../observe/disk.js';
import type { ServerRow } from '../../observe/server-row.js';
import { scheduleLines } from '../../known/schedule-words.js';
import { parkedFacts } from '../../known/unsaved-worlds.js';
import { askWorker, type WorkerFacts } from '../../observe/worker-facts.js';
import { formatDuration } from '../../terminal/figures.js';
import { currentConfig } from '../../command-line/current-config.js';
import { exitLines, explainDown } from './explain-down.js';

/** `pinky explain <id>`: why a server is in its state, since when, what happens next, and what its files say. */
export async function explain(context: Context, [serverId]: readonly string[]): Promise<void> {
  assertServerId(serverId);
  const { home, out, clock } = context;
  const config = await currentConfig(context);
  const [view, workerFacts] = await Promise.all([viewBox(home, config), askWorker(home, serverId)]);
  const server = view.servers.find((one) => one.serverId === serverId);
  const parked = await parkedFacts(config.servers, serverId);
  const schedules = view.schedules.filter((one) => one.serverId === serverId);
  const comes = scheduleLines(schedules, clock.wallNow()).map((line) => `  ${out.foreign(line)}`);
  if (!server) {
    const { waits } = workerFacts;
    return explainDown(context, { serverId, config, parked, schedules, comes, waits, notes: view.notes });
  }
  const files = fileFacts(config, serverId);
  const more = { ...(parked.length > 0 && { parked }), ...(schedules.length > 0 && { schedules }) };
  const rules = definedFacts(home, server);
  const shown = { ...server, ...rules, ...workerFacts, ...files, ...more, notes: view.notes };
  out.answer(shown, () => [
    ...lines(context, server, clock.wallNow()),
    ...(rules.appliesAtNextStart ? ['  it was changed since its start; `pinky restart` applies that'] : []),
    ...exitLines(rules),
    ...comes,
    ...factLines(context, workerFacts),
    ...backupNotesOf(serverId, readMaintenance(home)).map((note) => `  ${out.foreign(note)}`),
    ...files.facts.map((fact) => `  ${out.foreign(fact)}`),
    ...parked.map(({ what }) => `  ${out.foreign(what)}`),
    ...(files.journal.length > 0
      ? [
          out.paint('quiet', '  last entries of its journal:'),
          ...files.journal.map((line) => `    ${out.foreign(line)}`),
        ]
      : []),
    ...view.notes.map((note) => out.paint('busy', `note: ${note}`)),
  ]);
}

interface DefinedFacts extends Pick<Definition, 'onExit'> {
  /** It runs as it was defined before. */
  readonly appliesAtNextStart?: boolean;
}

function definedFacts(home: string, { serverId, revision }: ServerRow): DefinedFacts {
  const known = readDefinition(home, serverId);
  if (typeof known !== 'object') return {};
  const { onExit, changedIn } = known;
  const isChanged = revision !== undefined && revision < changedIn;
  return { ...(onExit !== undefined && { onExit }), ...(isChanged && { appliesAtNextStart: true }) };
}

function lines({ out }: Context, server: ServerRow, now: number): string[] {
  const since =
    server.since === undefined
      ? ''
      : ` for ${formatDuration(Math.max(0, now - server.since))} (since ${new Date(server.since).toISOString()})`;
  const when = server.nextAt === undefined ? '' : ` in ${formatDuration(Math.max(0, server.nextAt - now))}`;
  return [
    `${out.paint('strong', server.serverId)} ${server.game === undefined ? '' : `[${out.foreign(server.game)}] `}is ` +
      `${server.state}${since}`,
    ...(server.because === undefined ? [] : [`  because ${out.foreign(server.because)}`]),
    ...(server.wanted === undefined ? [] : [`  wanted: ${server.wanted}`]),
    ...(server.next === undefined ? [] : [`  next: ${out.foreign(server.next)}${when}`]),
    server.worker?.pid === undefined ? '  it has no worker now' : `  its worker is pid ${server.worker.pid}`,
    ...(server.pid === undefined
      ? []
      : [`  the game is pid ${server.pid}${portsInWords(server)}`]),
    ...(server.warnings ?? []).map((warning) => out.paint('busy', `  warning: ${out.foreign(warning)}`)),
  ];
}

function portsInWords({ port, ports = {} }: ServerRow): string {
  const more = Object.entries(ports).map(([name, one]) => `, ${name} ${one}`);
  return port === undefined ? '' : `, on port ${port}${more.join('')}`;
}

/** Facts that only its worker knows. */
function factLines({ out }: Context, facts: WorkerFacts): string[] {
  const { failure, funpack, backup, faults = {}, lastLines = [] } = facts;
  return [
    ...(failure === undefined
      ? []
      : [`  it failed with ${failure.code}: ${out.foreign(failure.message)}`, `  what to do: ${failure.remedy}`]),
    ...(funpack === undefined ? [] : [`  its funpack is in ${funpack}`]),
    ...queryLines(facts.query).map((line) => `  ${out.foreign(line)}`),
    ...hangLines(facts.hang).map((line) => `  ${out.foreign(line)}`),
    ...Object.entries(faults).map(
      ([fault, count]) =>
        `  its game printed ${out.foreign(fault)} ${count === 1 ? 'once' : `${count} times`}, which is read as text ` +
        '(docs/funpacks.md, Events)',
    ),
    ...(backup === undefined ? [] : [`  its last backup is ${out.foreign(backup.url)}`]),
    ...gapsInWords(backup ?? {}).map((gap) => out.paint('busy', `  in that backup, ${out.foreign(gap)}`)),
    ...(lastLines.length === 0
      ? []
      : [out.paint('quiet', "  the game's last lines:"), ...lastLines.map((line) => `    | ${out.foreign(line)}`)]),
  ];
}

/** The signs of a hang, and what is made of them. */
function hangLines(hang: WorkerFacts['hang']): string[] {
  if (!hang) return [];
  const { inWords, verdict, isStarved, follows } = hang;
  const what = follows === 'warn' ? 'nothing follows but a warning' : 'it is ended and launched again';
  const meaning: Readonly<Record<string, string>> = {
    lives: 'which is no hang',
    doubtful: 'which is not enough to tell a hang',
    hung: `which is a hang: ${what}`,
    silent: `which its funpack calls a hang: ${what}`,
  };
  return [
    `its game ${inWords}, ${meaning[verdict] ?? verdict}`,
    ...(isStarved ? ['the machine is short of processor, memory or disk, so a decision on that is put off'] : []),
  ];
}

/** The answer of the game by its own protocol. */
function queryLines(query: WorkerFacts['query']): string[] {
  const { answer, misses = 0, because } = query ?? {};
  if (misses > 0) return [`its game has not answered ${misses} queries by its own protocol: ${because ?? ''}`];
  if (!answer) return [];
  const { count, most, pingMs, map } = answer;
  const players = count === undefined ? '' : `, with ${count}${most === undefined ? '' : ` of ${most}`} players`;
  const where = map === undefined ? '' : `, on the map ${map}`;
  return [`its game answers by its own protocol${pingMs === undefined ? '' : ` in ${pingMs} ms`}${players}${where}`];
}

interface FileFacts {
  readonly facts: readonly string[];
  readonly journal: readonly string[];
}

/** Facts from its folder, even if every process is dead. */
function fileFacts(config: BoxConfig, serverId: string): FileFacts {
  const disk = serverOnDisk(config, serverId);
  const run = runsOf(config.servers, serverId).at(-1);
  const facts: string[] = [];
  if (disk.recordedPid !== undefined && disk.pid === undefined) {
    facts.push(
      `its pid file names ${disk.recordedPid}, which is ` +
        `${identify(disk.recordedPid) ? 'another process now' : 'not running'}`,
    );
  }
  const { log } = installedPaths(config.servers, serverId);
  if (existsSync(log)) facts.push(`the output of its install script is in ${log}`);
  if (run === undefined) return { facts, journal: [] };
  const paths = serverPaths(config.servers, serverId).run(run);
  const exit = textOf(paths.exit).trim();
  facts.push(
    exit !== ''
      ? `run ${run} ended: ${exit}`
      : disk.pid === undefined
        ? `run ${run} ended, but how is not recorded`
        : `run ${run} has not ended`,
  );
  return { facts, journal: lastLines(paths.journal, 5) };
}
