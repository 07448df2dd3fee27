import { longForm, orderNames, type OrderTemplate, type Template } from '@pinky/protocol';
import { eventTypeOf } from '../dialect/event-names.js';
import { forbiddenAt } from '../orders/escape.js';
import {
  anyText,
  either,
  isRecord,
  listOf,
  milliseconds,
  oneLine,
  oneOf,
  pattern,
  shape,
  type ManifestCheck,
} from './checks.js';

const escapeFields = shape({
  style: oneOf(['backslash', 'double', 'none']),
  forbid: anyText,
  replace: oneLine,
  names: pattern,
});

/** A replacement must not be what it replaces. */
export const escape: ManifestCheck = (value, at) => {
  const faults = escapeFields(value, at);
  if (faults.length > 0 || !isRecord(value) || typeof value['replace'] !== 'string') return faults;
  const forbidden = forbiddenAt({ quote: '', escape: value });
  const wrong = Array.from(value['replace']).filter((character) => forbidden.includes(character));
  return wrong.length === 0 ? [] : [`${at}.replace: holds ${wrong.join(' ')}, which cannot be said either`];
};

const gameEvent: ManifestCheck = (value, at) =>
  typeof value === 'string' && eventTypeOf(value) ? [] : [`${at}: ${JSON.stringify(value)} is not an event of a game`];

const confirmFields = shape({
  pattern,
  event: gameEvent,
  reject: pattern,
  timeoutMs: milliseconds,
});

const confirm: ManifestCheck = (value, at) => {
  const faults = confirmFields(value, at);
  if (faults.length > 0 || !isRecord(value)) return faults;
  return value['pattern'] === undefined && value['event'] === undefined
    ? [`${at}: must have pattern or event`]
    : [];
};

const lines = either(
  { fits: (value) => Array.isArray(value), check: listOf(oneLine, { min: 1 }) },
  { fits: () => true, check: oneLine },
);

export const template = either(
  { fits: isRecord, check: shape({ send: lines, escape, confirm }) },
  { fits: () => true, check: lines },
);

const port: ManifestCheck = (value, at) =>
  (typeof value === 'string' && value !== '') || (Number.isSafeInteger(value) && Number(value) > 0)
    ? []
    : [`${at}: must be a port, or a text such as {settings.rconPort}`];

/** A name in `working/` itself: the game may make links of the folders in it. */
const fileName: ManifestCheck = (value, at) =>
  typeof value === 'string' && /^[^/\0]+$/.test(value) && !['.', '..'].includes(value)
    ? []
    : [`${at}: must be the name of a file in working/, without a folder`];

const loginStep = either(
  { fits: (value) => isRecord(value) && 'send' in value, check: shape({ 'send!': oneLine }) },
  { fits: () => true, check: shape({ 'waitFor!': pattern, timeoutMs: milliseconds }) },
);

/** The fields of each way on which orders reach a game. */
const ways: Readonly<Record<string, ManifestCheck>> = {
  rcon: shape({ 'port!': port, host: oneLine, 'password!': oneLine }),
  telnet: shape({
    'port!': port,
    host: oneLine,
    login: listOf(loginStep),
    lineEnd: oneOf(['\n', '\r\n', '\r']),
  }),
  fifo: shape({ 'path!': fileName, form: oneOf(['text', 'json']) }),
};

const way: ManifestCheck = (value, at) => {
  const faults = shape({ 'via!': oneOf(Object.keys(ways)) })(value, at);
  const check = isRecord(value) && faults.length === 0 ? ways[String(value['via'])] : undefined;
  return check ? check(value, at) : faults;
};

/** The fields of funpack.json about orders. */
export const orderFields: Readonly<Record<string, ManifestCheck>> = {
  commands: shape(Object.fromEntries(orderNames.map((name) => [name, template]))),
  escape,
  orders: either({ fits: isRecord, check: way }, { fits: () => true, check: oneOf(['text', 'json']) }),
  supports: listOf(oneOf(orderNames)),
};

/** The lines of a template. */
export const linesOf = (given: Template | undefined): readonly string[] => {
  const { send }: OrderTemplate = longForm(given);
  return send === undefined ? [] : typeof send === 'string' ? [send] : send;
};
