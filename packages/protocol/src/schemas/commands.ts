import { z } from 'zod';
import {
  boxCommandDeadlineMs,
  isBoxCommandName,
  type BoxCommand,
  type BoxCommandName,
  type SetData,
} from '../commands/box-commands.js';
import {
  commandDeadlineMs,
  isCommandName,
  type CommandName,
  type RequestedCommand,
  type StartRequest,
} from '../commands/commands.js';
import { isBackupCommandName } from '../commands/backup-commands.js';
import { isDistributionCommandName } from '../commands/distribution-commands.js';
import { isScheduleCommandName } from '../commands/schedule-commands.js';
import { assertSettings } from '../commands/settings.js';
import { suggest } from '../commands/suggest.js';
import { assertOneLine } from '../commands/text.js';
import { PinkyError } from '../errors.js';
import { exitRulesFrom } from '../funpack/exit-rules.js';
import { assertServerId } from '../server-id.js';
import { backupCommand, backupSchemas } from './backup-commands.js';
import { deadline } from './deadline.js';
import { distributionCommand, distributionSchemas } from './distribution-commands.js';
import { fetchData, fetchSchema } from './fetch-command.js';
import { camelCased } from './field-names.js';
import { scheduleCommand, scheduleSchemas } from './schedule-commands.js';
import { sha256, source, sourceOf, text } from './source.js';
import { userId } from './user-id.js';

const megabytesRule = 'must be whole megabytes from 16 to 1048576';
const megabytes = z.number(megabytesRule).int(megabytesRule).min(16, megabytesRule).max(1_048_576, megabytesRule);
const ramRule = `${megabytesRule}, or {min, max} with min no more than max`;
const ram = z.union(
  [
    megabytes,
    z
      .strictObject({ min: megabytes.optional(), max: megabytes })
      .refine(({ min, max }) => (min ?? max) <= max, ramRule),
  ],
  ramRule,
);
const portRule = 'must be a port from 1 to 65535';
const port = z.number(portRule).int(portRule).min(1, portRule).max(65_535, portRule);
const yesOrNo = z.boolean('must be true or false').optional();
const onExit = z.string('must be a text').refine(
  (given) => given === 'funpack' || exitRulesFrom(given) !== undefined,
  'must be restart, stop, funpack, or rules such as 3=stop,announced=restart,restart, with codes from 0 to 255',
);
const settings = z.record(z.string(), z.unknown(), 'must be an object');

const revisionRule = 'must be the revision of a definition';
const revision = z.number(revisionRule).int(revisionRule).min(0, revisionRule);

/** The description of a server, in every spelling that is read. */
const definedShape = {
  serverId: text,
  deadlineMs: deadline,
  funpack: source.optional(),
  funpackUrl: text.optional(),
  funpackSha256: sha256,
  funpackId: text.optional(),
  ram: ram.optional(),
  settings: settings.optional(),
  port: port.optional(),
  data: settings.optional(),
  onExit: onExit.optional(),
};

/** The data of `start`. */
const startSchema = z.strictObject({
  ...definedShape,
  world: source.nullish(),
  worldUrl: text.nullish(),
  worldSha256: sha256,
});

/** The data of `set`. */
const setSchema = z.strictObject({ ...definedShape, ifRevision: revision.optional() });

const about = { serverId: text, deadlineMs: deadline };

const schemas = {
  start: startSchema,
  stop: z.strictObject({ ...about, discard: yesOrNo }),
  restart: z.strictObject(about),
  kill: z.strictObject(about),
  list: z.strictObject(about),
  backup: z.strictObject({ ...about, force: yesOrNo }),
  tell: z.strictObject({
    ...about,
    user: text.optional(),
    userId,
    message: text,
  }),
  kick: z.strictObject({
    ...about,
    user: text.optional(),
    userId,
    message: z.string('must be a text').max(4096, 'is longer than 4096 characters').optional(),
  }),
  broadcast: z.strictObject({ ...about, message: text }),
  console: z.strictObject({ ...about, line: text }),
  rm: z.strictObject({ ...about, withBackups: yesOrNo, discard: yesOrNo }),
} as const;

const boxSchemas = {
  status: z.strictObject({ ...about, serverId: text.nullish() }),
  explain: z.strictObject(about),
  set: setSchema,
  ...backupSchemas,
  ...scheduleSchemas,
  ...distributionSchemas,
  fetch: fetchSchema,
} as const;

/**
 * Reads a command for a server from untrusted input. Spellings with underscores (`server_id`, `user_id`) are read as
 * well, but not with two values of one field. Throws `unknown_command`, `bad_command` (naming the field),
 * `bad_server_id`, `bad_text`.
 */
export function parseCommand(name: unknown, data: unknown): RequestedCommand {
  if (!isCommandName(name)) {
    throw new PinkyError('unknown_command', `${JSON.stringify(name)?.slice(0, 80)} is not a command`);
  }
  const parsed = checked(name, schemas[name], data);
  assertServerId(parsed['serverId']);
  return commandData(name, parsed);
}

/**
 * Reads a command that the queue answers itself, as `parseCommand`. Undefined where the name is that of another
 * command, or of none.
 */
export function parseBoxCommand(name: unknown, data: unknown): BoxCommand | undefined {
  if (!isBoxCommandName(name)) return undefined;
  const fields = checked(name, boxSchemas[name], data ?? {});
  if (isBackupCommandName(name)) return backupCommand(name, fields);
  if (isScheduleCommandName(name)) return scheduleCommand(name, fields);
  if (isDistributionCommandName(name)) return distributionCommand(name, fields);
  if (name === 'fetch') return { name, data: fetchData(fields) };
  if (name === 'set') return { name, data: setData(setSchema.parse(fields)) };
  const { serverId } = fields;
  if (name === 'status' && (serverId === undefined || serverId === null)) return { name, data: {} };
  assertServerId(serverId);
  return { name, data: { serverId } };
}

function setData({ ifRevision, ...data }: z.infer<typeof setSchema>): SetData {
  assertServerId(data.serverId);
  return { ...definedData('set', data), ...(ifRevision !== undefined && { ifRevision }) };
}

type CommandSchema = z.ZodObject<Readonly<Record<string, z.ZodType>>>;

function checked(name: string, schema: CommandSchema, data: unknown): Record<string, unknown> {
  const fields = camelCased(name, data);
  assertNoProto(name, fields);
  const parsed = schema.safeParse(fields, { reportInput: true });
  if (parsed.success) return parsed.data;
  const known = Object.keys(schema.shape);
  const sentences = parsed.error.issues.map((issue) => describeIssue(issue, known));
  throw new PinkyError('bad_command', `${name}: ${sentences.join('; ').slice(0, 500)}`, { cause: parsed.error });
}

/** The schema of a record leaves this key out without a word. */
function assertNoProto(name: string, fields: unknown): void {
  for (const [field, value] of Object.entries(Object(fields)))
    if (Object.hasOwn(Object(value), '__proto__')) {
      throw new PinkyError('bad_command', `${name}: ${field} hold the key "__proto__"`);
    }
}

/** A sentence that names the field as its sender wrote it. */
function describeIssue(issue: z.core.$ZodIssue, known: readonly string[]): string {
  const field = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownField(field, key, known)).join('; ');
  if (field === '') return 'its data must be an object';
  const isMissing = issue.code === 'invalid_type' && issue.input === undefined;
  return `${field} ${isMissing ? 'is missing' : issue.message}`;
}

/** A field that is misspelt must not be dropped in silence: its sender would think that it holds. */
function unknownField(within: string, key: string, known: readonly string[]): string {
  const meant = within === '' ? suggest(key, known) : undefined;
  const name = [within, key].filter((part) => part !== '').join('.').slice(0, 80);
  const hint = meant === undefined ? `it takes ${known.join(', ')}` : `did you mean ${meant}?`;
  return within === '' ? `${name} is not a field of this command; ${hint}` : `${name} is not a field here`;
}

/** The deadline that the sender asked for in `deadlineMs`, or else the command's own. Milliseconds. */
export function deadlineOf(name: CommandName | BoxCommandName, data: unknown): number {
  const fields = camelCased(name, data);
  const asked =
    typeof fields === 'object' && fields !== null && 'deadlineMs' in fields ? Number(fields.deadlineMs) : NaN;
  if (asked > 0) return asked; // the command's schema has looked at it
  return isBoxCommandName(name) ? boxCommandDeadlineMs[name] : commandDeadlineMs[name];
}

function commandData(name: CommandName, data: Record<string, unknown>): RequestedCommand {
  const serverId = String(data['serverId']);
  switch (name) {
    case 'start': return { name, data: startData(startSchema.parse(data)) };
    case 'restart': case 'kill': case 'list': return { name, data: { serverId } };
    case 'stop': return { name, data: { serverId, ...(data['discard'] === true && { discard: true }) } };
    case 'backup': return { name, data: { serverId, ...(data['force'] === true && { force: true }) } };
    case 'tell': case 'kick': {
      const message = oneLine(name, 'message', data['message'] ?? (name === 'kick' ? '' : undefined));
      const id = data['userId'] === undefined ? undefined : oneLine(name, 'userId', data['userId']);
      const user = oneLine(name, 'user', data['user'] ?? id);
      return { name, data: { serverId, user, message, ...(id !== undefined && { userId: id }) } };
    }
    case 'broadcast': return { name, data: { serverId, message: oneLine(name, 'message', data['message']) } };
    case 'rm': {
      const [withBackups, discard] = [data['withBackups'] === true, data['discard'] === true];
      return { name, data: { serverId, ...(withBackups && { withBackups }), ...(discard && { discard }) } };
    }
    case 'console': return { name, data: { serverId, line: oneLine(name, 'line', data['line']) } };
  }
}

function oneLine(name: CommandName, field: string, value: unknown): string {
  if (typeof value !== 'string') throw new PinkyError('bad_command', `${name}: ${field} is missing`);
  assertOneLine(`${name}: ${field}`, value);
  return value;
}

function startData(start: z.infer<typeof startSchema>): StartRequest {
  const { world: value, worldUrl: url, worldSha256 } = start;
  const from = sourceOf({ command: 'start', field: 'world', value, url, sha256: worldSha256 });
  const world = (value ?? url) === 'new' ? ('new' as const) : from;
  return { ...definedData('start', start), ...(world && { world }) };
}

/** Only what was said: the rest is in the server's definition. */
function definedData(
  name: 'start' | 'set',
  start: Omit<z.infer<typeof setSchema>, 'ifRevision'>,
): Omit<StartRequest, 'world'> {
  const { serverId, ram, funpackId, port: asked, onExit: rules } = start;
  for (const given of ['data', 'settings'] as const) {
    if (start[given]) assertSettings(`${name}: ${given}`, start[given]);
  }
  const { funpack: value, funpackUrl: url, funpackSha256 } = start;
  const funpack = sourceOf({ command: name, field: 'funpack', value, url, sha256: funpackSha256 });
  return {
    serverId,
    ...(funpack && { funpack }),
    ...(ram !== undefined && { ram: ramOf(ram) }),
    ...((start.data ?? start.settings) && { settings: { ...start.data, ...start.settings } }),
    ...(funpackId !== undefined && { funpackId }),
    ...(asked !== undefined && { port: asked }),
    ...(rules !== undefined && { onExit: rules }),
  };
}

const ramOf = (given: z.infer<typeof ram>) =>
  typeof given === 'number' ? { min: given, max: given } : { min: given.min ?? given.max, max: given.max };
