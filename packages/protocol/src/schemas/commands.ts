import { z } from 'zod';
import {
  commandDeadlineMs,
  commandNames,
  type CommandData,
  type CommandName,
  type StartOrder,
} from '../commands/commands.js';
import { assertSettings } from '../commands/settings.js';
import { assertOneLine } from '../commands/text.js';
import { PinkyError } from '../errors.js';
import { assertServerId } from '../server-id.js';

const text = z.string('must be a text').min(1, 'must not be empty').max(4096, 'is longer than 4096 characters');
const sha256 = z
  .string('must be 64 hexadecimal digits')
  .regex(/^[0-9a-fA-F]{64}$/, 'must be 64 hexadecimal digits')
  .optional();
const source = z.union([text, z.object({ url: text, sha256 })], 'must be a name, a path, an address, or {url, sha256}');
const megabytesRule = 'must be whole megabytes from 16 to 1048576';
const megabytes = z.number(megabytesRule).int(megabytesRule).min(16, megabytesRule).max(1_048_576, megabytesRule);
const ramRule = `${megabytesRule}, or {min, max} with min no more than max`;
const ram = z.union(
  [
    megabytes,
    z.object({ min: megabytes.optional(), max: megabytes }).refine(({ min, max }) => (min ?? max) <= max, ramRule),
  ],
  ramRule,
);
const settings = z.record(z.string(), z.unknown(), 'must be an object');

/** The data of `start`, in every spelling that is read. */
const startSchema = z.looseObject({
  serverId: text,
  funpack: source.optional(),
  funpackUrl: text.optional(),
  funpackSha256: sha256,
  funpackId: text.optional(),
  ram: ram.optional(),
  world: source.nullish(),
  worldUrl: text.nullish(),
  worldSha256: sha256,
  settings: settings.optional(),
  data: settings.optional(),
});

const schemas = {
  start: startSchema,
  stop: z.looseObject({ serverId: text }),
  restart: z.looseObject({ serverId: text }),
  list: z.looseObject({ serverId: text }),
  backup: z.looseObject({ serverId: text }),
  tell: z.looseObject({
    serverId: text,
    user: text.optional(),
    userId: text.optional(),
    message: text,
  }),
  kick: z.looseObject({
    serverId: text,
    user: text.optional(),
    userId: text.optional(),
    message: z.string('must be a text').max(4096, 'is longer than 4096 characters').optional(),
  }),
  broadcast: z.looseObject({ serverId: text, message: text }),
  console: z.looseObject({ serverId: text, line: text }),
} as const;

/**
 * Reads a command from untrusted input. Spellings with underscores (`server_id`, `user_id`) are read as well. Throws
 * `unknown_command`, `bad_command` (naming the field), `bad_server_id`, `bad_text`.
 */
export function parseCommand(name: unknown, data: unknown): CommandData {
  if (!isCommandName(name)) {
    throw new PinkyError('unknown_command', `${JSON.stringify(name)?.slice(0, 80)} is not a command`);
  }
  const parsed = schemas[name].safeParse(camelCased(data), { reportInput: true });
  if (!parsed.success) {
    throw new PinkyError('bad_command', `${name}: ${parsed.error.issues.map(describeIssue).join('; ').slice(0, 500)}`, {
      cause: parsed.error,
    });
  }
  assertServerId(parsed.data.serverId);
  return commandData(name, parsed.data);
}

/** A sentence that names the field as its sender wrote it. */
function describeIssue(issue: z.core.$ZodIssue): string {
  const field = issue.path.join('.');
  if (field === '') return 'its data must be an object';
  const isMissing = issue.code === 'invalid_type' && issue.input === undefined;
  return `${field} ${isMissing ? 'is missing' : issue.message}`;
}

/** The deadline that the sender asked for in `deadlineMs`, or else the command's own. Milliseconds. */
export function deadlineOf(name: CommandName, data: unknown): number {
  const fields = camelCased(data);
  const asked =
    typeof fields === 'object' && fields !== null && 'deadlineMs' in fields ? Number(fields.deadlineMs) : NaN;
  return asked > 0 && asked <= 24 * 3_600_000 ? asked : commandDeadlineMs[name];
}

const isCommandName = (name: unknown): name is CommandName => commandNames.some((known) => known === name);

const aliases: Readonly<Record<string, string>> = {
  server_id: 'serverId',
  user_id: 'userId',
  funpack_id: 'funpackId',
  funpack_url: 'funpackUrl',
  funpack_sha256: 'funpackSha256',
  world_url: 'worldUrl',
  world_sha256: 'worldSha256',
  deadline_ms: 'deadlineMs',
};

function camelCased(data: unknown): unknown {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [aliases[key] ?? key, value]));
}

function commandData(name: CommandName, data: Record<string, unknown>): CommandData {
  const serverId = String(data['serverId']);
  switch (name) {
    case 'start': return { name, data: startData(startSchema.parse(data)) };
    case 'stop': case 'restart': case 'list': case 'backup': return { name, data: { serverId } };
    case 'tell': case 'kick': {
      const user = oneLine(name, 'user', data['user'] ?? data['userId']);
      const message = oneLine(name, 'message', data['message'] ?? (name === 'kick' ? '' : undefined));
      return { name, data: { serverId, user, message } };
    }
    case 'broadcast': return { name, data: { serverId, message: oneLine(name, 'message', data['message']) } };
    case 'console': return { name, data: { serverId, line: oneLine(name, 'line', data['line']) } };
  }
}

function oneLine(name: CommandName, field: string, value: unknown): string {
  if (typeof value !== 'string') throw new PinkyError('bad_command', `${name}: ${field} is missing`);
  assertOneLine(`${name}: ${field}`, value);
  return value;
}

function startData(start: z.infer<typeof startSchema>): StartOrder {
  for (const given of ['data', 'settings'] as const) if (start[given]) assertSettings(`start: ${given}`, start[given]);
  const funpack = sourceOf(start.funpack ?? start.funpackUrl, start.funpackSha256);
  if (!funpack) throw new PinkyError('bad_command', 'start: funpack (or funpackUrl) is missing');
  const worldSource = start.world ?? start.worldUrl ?? undefined;
  const world = worldSource === 'new' ? ('new' as const) : sourceOf(worldSource, start.worldSha256);
  const max = typeof start.ram === 'number' ? start.ram : (start.ram?.max ?? 1024);
  const min = typeof start.ram === 'number' ? start.ram : (start.ram?.min ?? max);
  return {
    serverId: start.serverId,
    funpack,
    ram: { min, max },
    settings: { ...start.data, ...start.settings },
    ...(start.funpackId !== undefined && { funpackId: start.funpackId }),
    ...(world && { world }),
  };
}

function sourceOf(
  value: string | { url: string; sha256?: string | undefined } | undefined,
  sha256: string | undefined,
) {
  if (value === undefined) return undefined;
  const url = typeof value === 'string' ? value : value.url;
  const sum = (typeof value === 'string' ? sha256 : (value.sha256 ?? sha256))?.toLowerCase();
  return { url, ...(sum !== undefined && { sha256: sum }) };
}
