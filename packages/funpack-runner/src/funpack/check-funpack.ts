import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  defaultForbid,
  longForm,
  orderForm,
  orderWay,
  PinkyError,
  type FunpackManifest,
  type RunPart,
  type Template,
} from '@pinky/protocol';
import { eventTypeOf, learning } from '../dialect/event-names.js';
import { readsEventLines } from '../dialect/spoken-manifest.js';
import { checkInstall } from '../install/check-install.js';
import { funpackPath, whichProgram } from '../launch/environment.js';
import { hasOwnWords } from '../orders/order-lines.js';
import { missingPrograms } from '../launch/launch-spec.js';
import { checkQuery } from '../query/check-query.js';
import { checkFiles, checkSecretUse, type UsesSecrets } from './check-files.js';
import { error, manifestFile, warning, type FunpackFinding } from './finding.js';
import { parseManifest, unknownFields } from './manifest.js';
import { linesOf } from './order-checks.js';
import { namedFields, unknownPlaceholders } from './placeholder-names.js';
import { findProgram, funpackPrograms, readManifestText } from './read-funpack.js';
import { readSetting } from './settings.js';

/** Every fault of the funpack in `dir` at once. None if all is well. */
export async function checkFunpack(dir: string): Promise<readonly FunpackFinding[]> {
  const programs = await Promise.all(funpackPrograms.map((name) => checkProgram(dir, name)));
  const [run, , prepare, importer] = programs.map(({ isThere }) => isThere); // in the order of their names
  const has = { run: run === true, prepare: prepare === true, import: importer === true };
  const inManifest = await checkManifestFile(dir, has);
  return [...inManifest, ...programs.flatMap((one) => one.findings)];
}

async function checkManifestFile(dir: string, has: UsesSecrets): Promise<FunpackFinding[]> {
  let text: string;
  try {
    text = readManifestText(dir);
  } catch (failure) {
    return [error(manifestFile, failure instanceof PinkyError ? failure.message : String(failure))];
  }
  const { manifest, faults } = parseManifest(text);
  if (!manifest) return faults.map((fault) => error(manifestFile, fault));
  const unknown = unknownFields(text).map((name) => warning(manifestFile, `${name}: is not a field that Pinky knows`));
  return [...(await checkManifest(dir, manifest, has.run)), ...checkSecretUse(manifest, has), ...unknown];
}

interface ProgramCheck {
  readonly isThere: boolean;
  readonly findings: readonly FunpackFinding[];
}

async function checkProgram(dir: string, name: (typeof funpackPrograms)[number]): Promise<ProgramCheck> {
  const file = `bin/${name}`;
  const found = findProgram(dir, name);
  if (found === 'absent') return { isThere: false, findings: [] };
  if (found === 'notExecutable') {
    return { isThere: true, findings: [error(file, 'is not an executable file; chmod +x it')] };
  }
  return { isThere: true, findings: await checkInterpreter(dir, file) };
}

/** The kernel runs a `#!` program by its interpreter, and says only "not found" if that one is missing. */
async function checkInterpreter(dir: string, file: string): Promise<FunpackFinding[]> {
  const [first = ''] = (await readFile(join(dir, file), 'latin1')).split('\n', 1);
  if (first.startsWith('\x7fELF')) return [];
  if (!first.startsWith('#!')) return [error(file, 'does not begin with #! and the path of its interpreter')];
  if (first.endsWith('\r')) {
    return [
      error(file, 'has Windows line ends: the kernel would look for an interpreter with a carriage return in its name'),
    ];
  }
  const [interpreter = '', argument = ''] = first.slice(2).trim().split(/\s+/);
  const program = interpreter.endsWith('/env') && argument !== '' && !argument.startsWith('-') ? argument : interpreter;
  return whichProgram(program, funpackPath(), '/') ? [] : [error(file, `its interpreter ${program} is not installed`)];
}

async function checkManifest(dir: string, manifest: FunpackManifest, hasRun: boolean): Promise<FunpackFinding[]> {
  return [
    ...(hasRun || manifest.run ? [] : [error(manifestFile, 'run: is missing, and there is no program bin/run')]),
    ...(hasRun && manifest.run ? [warning(manifestFile, 'run: is not used, because there is a program bin/run')] : []),
    ...checkDefaults(manifest),
    ...checkConsole(manifest, hasRun),
    ...checkList(manifest, hasRun),
    ...checkRun(manifest),
    ...(hasRun ? [] : checkFirstWord(manifest)),
    ...(await checkFiles(dir, manifest)),
    ...checkPlaceholders(manifest),
    ...checkEscapes(manifest),
    ...checkLive(dir, manifest, hasRun),
    ...checkWay(dir, manifest),
    ...checkInstall(dir, manifest),
    ...checkHang(manifest),
    ...checkQuery(manifest),
    ...missingPrograms(manifest).map(({ program, package: name }) =>
      error(
        manifestFile,
        `requires: ${program} is not installed${name === undefined ? '' : `; apt-get install ${name}`}`,
      ),
    ),
  ];
}

function checkDefaults({ schema = {} }: FunpackManifest): FunpackFinding[] {
  return Object.entries(schema).flatMap(([name, setting]) => {
    if (setting.default === undefined || setting.default === null) return [];
    const reading = readSetting(setting.default, setting);
    return 'fault' in reading ? [error(manifestFile, `schema.${name}.default: ${reading.fault}`)] : [];
  });
}

const tellsPlayer = (event: string): boolean => event === learning || eventTypeOf(event) === 'player_connected';

function checkConsole(
  { console: rules = [], commands = {}, run, poll }: FunpackManifest,
  hasRun: boolean,
): FunpackFinding[] {
  const isDeclarative = !hasRun && run !== undefined;
  const hasStarted = rules.some((rule) => eventTypeOf(rule.event) === 'started');
  const tellsId = [...rules.filter(({ event }) => tellsPlayer(event)).map(({ pattern }) => pattern), poll?.row ?? ''];
  const hasId = tellsId.some((pattern) => pattern.includes('(?<id>'));
  const wantId = Object.entries(commands)
    .filter(([, template]) => linesOf(template).some((line) => line.includes('{id}')))
    .map(([name]) => name);
  return [
    ...(isDeclarative && !hasStarted
      ? [error(manifestFile, 'console: no rule has the event started, so the game would never be ready')]
      : []),
    ...(hasId
      ? []
      : wantId.map((name) =>
          error(manifestFile, `commands.${name}: needs {id}, but no rule of player_connected captures (?<id>…)`),
        )),
  ];
}

/** The answer to `list` is read by a rule, by the table of `poll`, or as an event line. */
function checkList(manifest: FunpackManifest, hasRun: boolean): FunpackFinding[] {
  const { console: rules = [], commands = {}, poll } = manifest;
  const isRead = poll !== undefined || rules.some(({ event }) => eventTypeOf(event) === 'players_list');
  if (commands.list === undefined || isRead || hasRun || readsEventLines(manifest)) return [];
  const why = 'no rule has the event players_list, so nobody reads the answer; `poll` reads a table over several lines';
  return [warning(manifestFile, `commands.list: ${why}`)];
}

function checkRun({ run = [], schema = {}, newest = {} }: FunpackManifest): FunpackFinding[] {
  const last = run[run.length - 1];
  const isAlways = typeof last !== 'object' || !('command' in last) || last.ifExists === undefined;
  const known = [...Object.keys(schema), ...namedFields({ newest })];
  const named = partsOf(run).flatMap((part) => (typeof part === 'object' ? [part.ifSet] : []));
  const unknown = named.filter((name) => !known.includes(name));
  return [
    ...(isAlways ? [] : [warning(manifestFile, 'run: every variant has ifExists, so it may be that none applies')]),
    ...unknown.map((name) => warning(manifestFile, `run: ifSet ${name} is not in schema`)),
  ];
}

/** A program that is named by its whole path is there already, unless the install script brings it. */
function checkFirstWord({ run = [], install }: FunpackManifest): FunpackFinding[] {
  const variants = run.flatMap((part) => (typeof part === 'object' && 'command' in part ? [part.command[0]] : []));
  return [run[0], ...variants]
    .flatMap((part) => (typeof part === 'string' && /^\/[^{}]*$/.test(part) ? [part] : []))
    .filter((program) => install === undefined && !whichProgram(program, funpackPath(), '/'))
    .map((program) => error(manifestFile, `run: ${program} is not a program of this machine`));
}

/** The parts of all command lines. */
const partsOf = (run: NonNullable<FunpackManifest['run']>): readonly RunPart[] =>
  [...run].flatMap((part) => (typeof part === 'object' && 'command' in part ? part.command : [part]));

const pathsOf = (run: NonNullable<FunpackManifest['run']>): readonly string[] =>
  [...run].flatMap((part) => (typeof part === 'object' && 'command' in part ? [part.ifExists ?? ''] : []));

function checkPlaceholders({
  run = [],
  env = {},
  commands = {},
  stop = [],
  schema = {},
  ports = {},
  newest = {},
}: FunpackManifest): FunpackFinding[] {
  const named = namedFields({ ports, newest });
  const settings = Object.keys(schema);
  const texts = [
    ...partsOf(run)
      .flatMap((part) => (typeof part === 'string' ? [part] : part.args))
      .concat(pathsOf(run))
      .map((text) => ['run', text] as const),
    ...Object.entries(env).map(([name, text]) => [`env.${name}`, text] as const),
    ...stop.flatMap((step) => ('send' in step ? [['stop', step.send] as const] : [])),
  ];
  return [
    ...texts.flatMap(([at, text]) =>
      unknownPlaceholders(text, settings, named).map((name) => warning(manifestFile, `${at}: {${name}} means nothing`)),
    ),
    ...Object.entries(commands).flatMap(([name, template]) =>
      linesOf(template)
        .flatMap((text) => unknownPlaceholders(text, settings, ['user', 'message', 'id', ...named]))
        .map((unknown) => warning(manifestFile, `commands.${name}: {${unknown}} means nothing`)),
    ),
  ];
}

/** A setting that is changed live needs a line that the game reads, with its value. */
function checkLive(dir: string, manifest: FunpackManifest, hasRun: boolean): FunpackFinding[] {
  const { schema = {}, run } = manifest;
  const orders = findProgram(dir, 'order') === 'absent' ? manifest.orders : ({ via: 'program' } as const);
  const readsSet = hasOwnWords({ ...(run && !hasRun && { run }), ...(orders && { orders }) });
  const known = ['value', ...namedFields(manifest)];
  return Object.entries(schema).flatMap(([name, { live }]) => {
    const at = `schema.${name}.live`;
    if (live === undefined) return [];
    const lines = live === true ? [] : linesOf(live);
    if (lines.length === 0) {
      return readsSet ? [] : [error(manifestFile, `${at}: must be the line by which the game is told the value`)];
    }
    const unknown = lines.flatMap((text) => unknownPlaceholders(text, Object.keys(schema), known));
    return [
      ...unknown.map((one) => warning(manifestFile, `${at}: {${one}} means nothing`)),
      ...(lines.some((text) => text.includes('{value}')) ? [] : [warning(manifestFile, `${at}: no line has {value}`)]),
    ];
  });
}

/** A template whose game nobody has described can say no quote, and nothing else that some game misreads. */
function checkEscapes({ commands = {}, escape }: FunpackManifest): FunpackFinding[] {
  const characters = Array.from(defaultForbid).join(' ');
  const hasText = (template: Template): boolean => linesOf(template).some((line) => /\{(?:message|user)\}/.test(line));
  return Object.entries(commands)
    .filter(([, template]) => escape === undefined && longForm(template).escape === undefined && hasText(template))
    .map(([name]) => warning(
      manifestFile,
      `commands.${name}: no escape says how the game reads text, so one of ${characters} is refused`,
    ));
}

/** A game that is told by RCON or telnet understands its own words only. */
function checkWay(dir: string, { commands = {}, orders }: FunpackManifest): FunpackFinding[] {
  const way = orderWay(orders);
  if (!way) return [];
  if (findProgram(dir, 'order') !== 'absent') {
    return [warning(manifestFile, 'orders: is not used, because there is a program bin/order')];
  }
  const isMute = orderForm(orders) === undefined && Object.keys(commands).length === 0;
  return isMute ? [warning(manifestFile, `orders: by ${way.via}, the game is told only what commands has`)] : [];
}

/** A hang shows by queries too: without them, only a silence that is enough by itself ends a game. */
function checkHang({ hang, query, silenceTimeoutMs }: FunpackManifest): FunpackFinding[] {
  const isIdle = hang && hang.do !== 'warn' && !query && silenceTimeoutMs === undefined;
  return isIdle ? [warning(manifestFile, 'hang: ends no game without query or silenceTimeoutMs')] : [];
}
