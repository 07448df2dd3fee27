import { constants } from 'node:os';
import { exitActions, fileParsers } from '@pinky/protocol';
import { unknownLengths } from '../counted/counted-pattern.js';
import { encodingOf } from '../dialect/encoding.js';
import { parserOf } from '../launch/file-parser.js';
import { eventTypeOf, learning } from '../dialect/event-names.js';
import {
  anyText,
  anything,
  bool,
  either,
  innerPath,
  isRecord,
  listOf,
  milliseconds,
  number,
  oneLine,
  oneOf,
  pattern,
  recordOf,
  settingPattern,
  shape,
  text,
  type ManifestCheck,
} from './checks.js';
import { orderFields, template } from './order-checks.js';
import { signalName } from './signal-name.js';

const settingTypes = ['string', 'integer', 'number', 'boolean', 'enum', 'list'] as const;

const plainChoice: ManifestCheck = (value, at) =>
  (typeof value === 'string' || Number.isFinite(value) ? [] : [`${at}: must be a text or a number`]);
const choice = either(
  { fits: isRecord, check: shape({ 'value!': plainChoice, label: anyText }) },
  { fits: () => true, check: plainChoice },
);

const settingFields = shape({
  'type!': oneOf(settingTypes),
  default: anything,
  values: listOf(choice, { min: 1 }),
  min: number,
  max: number,
  pattern: settingPattern,
  required: bool,
  readonly: bool,
  secret: bool,
  live: either({ fits: (value) => value === true, check: anything }, { fits: () => true, check: template }),
  label: anyText,
  description: anyText,
});

const setting: ManifestCheck = (value, at) => {
  const faults = settingFields(value, at);
  if (faults.length > 0 || !isRecord(value)) return faults;
  if (value['type'] === 'enum' && value['values'] === undefined) {
    return [`${at}.values: is missing; an enum lists its choices there`];
  }
  if (typeof value['min'] === 'number' && typeof value['max'] === 'number' && value['min'] > value['max']) {
    return [`${at}.min: is larger than max`];
  }
  return [];
};

const signal: ManifestCheck = (value, at) =>
  typeof value === 'string' && Object.hasOwn(constants.signals, signalName(value))
    ? []
    : [`${at}: ${JSON.stringify(value)} is not a signal`];

const step = either(
  { fits: (value) => isRecord(value) && 'send' in value, check: shape({ 'send!': oneLine }) },
  {
    fits: (value) => isRecord(value) && 'waitFor' in value,
    check: shape({ 'waitFor!': pattern, timeoutMs: milliseconds }),
  },
  { fits: (value) => isRecord(value) && 'signal' in value, check: shape({ 'signal!': signal }) },
  { fits: () => true, check: (_value, at) => [`${at}: must be one of {"send":…}, {"waitFor":…}, {"signal":…}`] },
);

const encoding: ManifestCheck = (value, at) =>
  typeof value === 'string' && encodingOf(value)
    ? []
    : [`${at}: ${JSON.stringify(value)} is no encoding that is like ASCII, such as gbk or windows-1251`];

const eventType: ManifestCheck = (value, at) =>
  typeof value === 'string' && eventTypeOf(value) ? [] : [`${at}: ${JSON.stringify(value)} is not an event of a game`];

const ruleEvent: ManifestCheck = (value, at) => (value === learning ? [] : eventType(value, at));

const rulePattern: ManifestCheck = (value, at) => [
  ...pattern(value, at),
  ...unknownLengths(String(value)).map((name) => `${at}: .{${name}} needs a group (?<${name}>…) before it`),
];

const setValue: ManifestCheck = (value, at) =>
  typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)
    ? []
    : [`${at}: must be a text, a number, true or false`];

const configFileFields = shape({
  'path!': innerPath,
  template: innerPath,
  content: anyText,
  parser: oneOf(fileParsers),
  set: recordOf(either({ fits: isRecord, check: recordOf(setValue) }, { fits: () => true, check: setValue })),
  ifSet: text,
});

const configFile: ManifestCheck = (value, at) => {
  const faults = configFileFields(value, at);
  if (faults.length > 0 || !isRecord(value)) return faults;
  const given = ['template', 'content'].filter((name) => value[name] !== undefined).length;
  if (value['set'] === undefined) return given === 1 ? [] : [`${at}: must have either template or content, or set`];
  if (given > 1) return [`${at}: must not have both template and content`];
  return parserOf(value) ? [] : [`${at}.parser: is missing, and the path does not say which it is`];
};

const size: ManifestCheck = (value, at) =>
  (Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= 1_000 ? [] : [`${at}: must be 1 to 1000`]);

const tty = either(
  { fits: isRecord, check: shape({ term: text, columns: size, rows: size }) },
  { fits: () => true, check: bool },
);

const pollPause: ManifestCheck = (value, at) =>
  (Number.isSafeInteger(value) && Number(value) >= 1_000
    ? []
    : [`${at}: must be a whole number of milliseconds, and at least 1000`]);
const rowPattern: ManifestCheck = (value, at) => [
  ...pattern(value, at),
  ...(typeof value === 'string' && !value.includes('(?<user>') ? [`${at}: must capture (?<user>…)`] : []),
];
const poll = shape({
  'every!': pollPause,
  'send!': either({ fits: Array.isArray, check: listOf(oneLine, { min: 1 }) }, { fits: () => true, check: oneLine }),
  'from!': either({ fits: Array.isArray, check: listOf(pattern, { min: 1 }) }, { fits: () => true, check: pattern }),
  'row!': rowPattern,
  to: pattern,
});

const gameType: ManifestCheck = (value, at) =>
  (typeof value === 'string' && /^[a-z0-9-]{1,60}$/.test(value) ? [] : [`${at}: must be a name of a game in gamedig`]);
const queryPause: ManifestCheck = (value, at) =>
  (Number.isSafeInteger(value) && Number(value) >= 10_000
    ? []
    : [`${at}: must be a whole number of milliseconds, and at least 10000`]);
const query = shape({
  'type!': gameType,
  port: either({ fits: Number.isSafeInteger, check: number }, { fits: () => true, check: oneLine }),
  every: queryPause,
  players: bool,
});

const hangSilence: ManifestCheck = (value, at) =>
  (Number.isSafeInteger(value) && Number(value) >= 10_000
    ? []
    : [`${at}: must be a whole number of milliseconds, and at least 10000`]);
const hang = shape({
  silenceMs: hangSilence,
  do: oneOf(['restart', 'warn']),
  stacks: listOf(step, { min: 1 }),
});

const exitCode: ManifestCheck = (value, at) =>
  (Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= 255 ? [] : [`${at}: must be 0 to 255`]);
const exitRule = shape({
  code: either({ fits: Array.isArray, check: listOf(exitCode, { min: 1 }) }, { fits: () => true, check: exitCode }),
  announced: bool,
  'do!': oneOf(exitActions),
});
const onExit = either(
  { fits: Array.isArray, check: listOf(exitRule, { min: 1 }) },
  { fits: () => true, check: oneOf(exitActions) },
);

const portName = /^[A-Za-z][\w-]*$/;
const portOffset: ManifestCheck = (value, at) =>
  (Number.isSafeInteger(value) && Math.abs(Number(value)) <= 60_000
    ? []
    : [`${at}: must be a whole number, how far above the port it is`]);
const ports: ManifestCheck = (value, at) => [
  ...recordOf(shape({ protocol: oneOf(['tcp', 'udp']), offset: portOffset }))(value, at),
  ...(isRecord(value)
    ? Object.keys(value)
        .filter((name) => !portName.test(name))
        .map((name) => `${at}.${name}: is not a name of letters and digits`)
    : []),
];

const newest: ManifestCheck = (value, at) => [
  ...recordOf(text)(value, at),
  ...(isRecord(value)
    ? Object.keys(value)
        .filter((name) => !portName.test(name))
        .map((name) => `${at}.${name}: is not a name of letters and digits`)
    : []),
];

const runPart = either(
  { fits: isRecord, check: shape({ 'ifSet!': text, 'args!': listOf(anyText, { min: 1 }) }) },
  { fits: () => true, check: anyText },
);
const command = listOf(runPart, { min: 1 });
const run = either(
  {
    fits: (value) => Array.isArray(value) && isRecord(value[0]) && 'command' in value[0],
    check: listOf(shape({ ifExists: innerPath, 'command!': command }), { min: 1 }),
  },
  { fits: () => true, check: command },
);

const environmentName = /^[A-Za-z_][A-Za-z0-9_]*$/;
const environment: ManifestCheck = (value, at) => [
  ...recordOf(anyText)(value, at),
  ...(isRecord(value)
    ? Object.keys(value)
        .filter((name) => !environmentName.test(name))
        .map((name) => `${at}.${name}: is not a name of an environment variable`)
    : []),
];

const required = listOf(shape({ 'program!': text, package: text }));

/** Every field of funpack.json, and what it must be. */
export const manifestFields: Readonly<Record<string, ManifestCheck>> = {
  $schema: anyText,
  'name!': text,
  'version!': text,
  title: anyText,
  schema: recordOf(setting),
  startTimeoutMs: milliseconds,
  silenceTimeoutMs: milliseconds,
  hang,
  persistent: bool,
  tty,
  backup: shape({
    paths: listOf(innerPath),
    exclude: listOf(text),
    intervalMs: milliseconds,
    before: listOf(step),
    after: listOf(step),
  }),
  stop: listOf(step),
  stopTimeoutMs: milliseconds,
  onExit,
  ladder: listOf(shape({ 'signal!': signal, 'waitMs!': milliseconds })),
  requires: required,
  install: shape({
    'script!': innerPath,
    shell: text,
    timeoutMs: milliseconds,
    requires: required,
    resume: bool,
  }),
  run,
  env: environment,
  newest,
  ports,
  listens: bool,
  runAs: text,
  files: listOf(configFile),
  strip: pattern,
  console: listOf(
    shape({
      'pattern!': rulePattern,
      'event!': ruleEvent,
      fields: recordOf(anything),
      separator: pattern,
      lengths: oneOf(['bytes', 'characters']),
    }),
  ),
  poll,
  query,
  encoding,
  ansi: oneOf(['strip', 'keep']),
  eventLines: bool,
  ...orderFields,
  afterStarted: listOf(step),
};
