import { isAbsolute } from 'node:path';
import { z } from 'zod';
import type { BackupChoice, BackupCommand, BackupCommandName } from '../commands/backup-commands.js';
import { assertOneLine } from '../commands/text.js';
import { PinkyError } from '../errors.js';
import { assertServerId } from '../server-id.js';
import { deadline } from './deadline.js';

const text = z.string('must be a text').min(1, 'must not be empty').max(4096, 'is longer than 4096 characters');
const short = z.string('must be a text').min(1, 'must not be empty').max(300, 'is longer than 300 characters');
const choice = {
  serverId: text,
  deadlineMs: deadline,
  // a number too: producers may send the seconds as they read them
  which: z
    .union([short, z.number().int().min(0).transform(String)], 'must be a name, or a number of seconds')
    .optional(),
  at: short.optional(),
};
const daysRule = 'must be whole days from 1 to 36500';
const days = z.number(daysRule).int(daysRule).min(1, daysRule).max(36_500, daysRule);

/** The data of the commands about backups. */
export const backupSchemas = {
  backups: z.strictObject({ serverId: text.nullish(), deadlineMs: deadline }),
  restore: z.strictObject(choice),
  pin: z.strictObject({ ...choice, days: days.optional(), because: short.optional() }),
  unpin: z.strictObject(choice),
  verify: z.strictObject(choice),
  'backups rm': z.strictObject({ ...choice, discard: z.boolean('must be true or false').optional() }),
  'backups get': z.strictObject({ ...choice, file: text }),
} as const satisfies Readonly<Record<BackupCommandName, z.ZodType>>;

/** The command of fields that its schema has let pass. Throws `bad_command`, `bad_server_id` or `bad_text`. */
export function backupCommand(name: BackupCommandName, fields: Readonly<Record<string, unknown>>): BackupCommand {
  const { serverId } = fields;
  if (name === 'backups' && (serverId === undefined || serverId === null)) return { name, data: {} };
  assertServerId(serverId);
  const chosen = { serverId, ...choiceOf(name, fields) };
  switch (name) {
    case 'backups': return { name, data: { serverId } };
    case 'restore': case 'unpin': case 'verify': return { name, data: chosen };
    case 'pin': {
      const { days: given, because } = backupSchemas.pin.parse(fields);
      if (because !== undefined) assertOneLine('pin: because', because);
      return {
        name,
        data: { ...chosen, ...(given !== undefined && { days: given }), ...(because !== undefined && { because }) },
      };
    }
    case 'backups rm': {
      if (chosen.which === undefined && chosen.at === undefined) throw noChoice(name);
      return { name, data: { ...chosen, ...(fields['discard'] === true && { discard: true }) } };
    }
    case 'backups get': {
      const { file } = backupSchemas['backups get'].parse(fields);
      if (!isAbsolute(file) || file.includes('\0')) {
        throw new PinkyError('bad_command', `${name}: file must be an absolute path on the machine of the box`);
      }
      return { name, data: { ...chosen, file } };
    }
  }
}

const chosenSchema = z.object({ which: choice.which, at: choice.at });

function choiceOf(name: string, fields: Readonly<Record<string, unknown>>): BackupChoice {
  const { which, at } = chosenSchema.parse(fields);
  if (which !== undefined && at !== undefined) {
    throw new PinkyError('bad_command', `${name}: a backup is named by \`which\`, or a time by \`at\`, but not both`);
  }
  if (which !== undefined) assertOneLine(`${name}: which`, which);
  if (at !== undefined) assertOneLine(`${name}: at`, at);
  return { ...(which !== undefined && { which }), ...(at !== undefined && { at }) };
}

const noChoice = (name: string): PinkyError =>
  new PinkyError('bad_command', `${name}: say by \`which\` or \`at\` which backup is to go`);
