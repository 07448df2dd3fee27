import { isIP } from 'node:net';
import { distributionLimits, logLevels, parseDuration, PinkyError, type DiskShare } from '@pinky/protocol';
import { parseRedisAddress, sentinelAddress } from '@pinky/queue/address';
import { z } from 'zod';
import { parseShare, parseSize } from './sizes.js';

/** One kind of option, and the values that it accepts. Errors and docs print `allowed`. `unit` is that of the value. */
interface OptionKindSpec {
  readonly allowed: string;
  readonly unit: string;
  readonly schema: z.ZodType;
  /** Turns the text of an environment variable into what the schema accepts. Default: the text itself. */
  readonly fromText?: (text: string) => unknown;
}

const measured = (parse: (text: string) => number | undefined) =>
  z.union([z.string(), z.literal(0)]).transform((value, context) => {
    const parsed = parse(String(value));
    if (parsed === undefined) context.addIssue({ code: 'custom', message: 'not readable' });
    return parsed ?? 0;
  });

const list = z.array(z.string().min(1));
/** The forms that Redis clients use: `redis://`, `rediss://`, `tcp:host:port`, `unix:` or the path of a socket. */
const redisAddress = /^(rediss?(\+sentinel)?:\/\/\S+|tcp:(\/\/)?[^\s:/]+:\d{1,5}|(unix:(\/\/)?)?\/\S+)$/;
const addressForm = z.string().regex(redisAddress);

/** Names of boxes under the name of their group. */
const boxName = z.coerce.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const groups = z.record(boxName, z.array(boxName).min(1).max(distributionLimits.mostBoxes));

const secret = z.union([z.string(), z.number()]).transform(String);
const sentinelHost = z.union([
  z.string().min(1),
  z.strictObject({ host: z.string().min(1), port: z.number().int().min(1).max(65_535).optional() }),
]);
/** Sentinels as a map. It becomes an address of one line, which the environment and `--redis` can carry too. */
const sentinelForm = z
  .strictObject({
    sentinels: z.array(sentinelHost).min(1),
    name: z.string().min(1),
    username: z.string().optional(),
    password: secret.optional(),
    db: z.number().int().min(0).optional(),
    sentinel_username: z.string().optional(),
    sentinel_password: secret.optional(),
    tls: z.boolean().optional(),
  })
  .transform(sentinelAddress);
const addressOfAnyForm = z.union([addressForm, sentinelForm]);

/** An address, a network of a size that its family has, or the name of a host. */
function isNetwork(text: string): boolean {
  const [base = '', prefix, ...more] = text.split('/');
  const family = isIP(base);
  if (prefix === undefined) return family !== 0 || /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(base);
  if (family === 0 || more.length > 0 || !/^\d{1,3}$/.test(prefix)) return false;
  return Number(prefix) <= (family === 4 ? 32 : 128);
}

/** Such as a port out of range, or a database that is not a number. */
function faultIn(address: string): string | undefined {
  try {
    parseRedisAddress(address);
    return undefined;
  } catch (error) {
    return error instanceof PinkyError ? String(error.details?.['why']) : 'it cannot be read';
  }
}

/** Why an address of Redis is refused that has one of the forms. It repeats nothing of the address. */
export function addressFault(value: unknown): string | undefined {
  const address = addressOfAnyForm.safeParse(value);
  return address.success ? faultIn(address.data) : undefined;
}

export const optionKinds = {
  name: {
    allowed: '1 to 64 characters out of A-Z a-z 0-9 _ -',
    unit: 'text',
    schema: z.coerce.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  },
  path: { allowed: 'a path; ~ is the home directory', unit: 'path', schema: z.string().min(1) },
  paths: {
    allowed: 'a list of paths',
    unit: 'paths',
    schema: list,
    fromText: (text) => text.split(':').filter((path) => path !== ''),
  },
  hosts: {
    allowed: 'a list of host names',
    unit: 'names',
    schema: list,
    fromText: (text) => text.split(','),
  },
  networks: {
    allowed: 'a list of addresses, networks such as 10.0.0.0/8, and host names',
    unit: 'names',
    schema: z.array(z.string().refine(isNetwork)),
    fromText: (text) => text.split(','),
  },
  groups: {
    allowed: 'names of groups, each with a list of 1 to 1000 names of boxes',
    unit: 'groups',
    schema: groups,
  },
  users: { allowed: 'a list of user names', unit: 'names', schema: list },
  redis: {
    allowed:
      'redis://…, rediss://…, redis+sentinel://…, tcp:host:port, the path of a socket, or a map with `sentinels` and ' +
      '`name`; special characters of a password are percent-encoded (% is %25, @ is %40)',
    unit: 'address',
    schema: addressOfAnyForm.refine((address) => faultIn(address) === undefined),
  },
  level: { allowed: `one of ${logLevels.join(', ')}`, unit: 'level', schema: z.enum(logLevels) },
  duration: {
    allowed: 'a duration with its unit, such as 500ms, 10s, 15m, 1h30m',
    unit: 'duration',
    schema: measured(parseDuration),
  },
  size: { allowed: 'a size with its unit, such as 500 MB or 1 GiB', unit: 'size', schema: measured(parseSize) },
  share: {
    allowed: 'a size with its unit, such as 10 GiB, or a share of the disk, such as 10%',
    unit: 'share',
    schema: z.union([z.string(), z.literal(0)]).transform((value, context): DiskShare => {
      const parsed = parseShare(String(value));
      if (parsed === undefined) context.addIssue({ code: 'custom', message: 'not readable' });
      return parsed ?? { bytes: 0 };
    }),
  },
  integer: {
    allowed: 'a whole number',
    unit: 'number',
    schema: z.number().int(),
    fromText: Number,
  },
  mask: {
    allowed: 'octal digits, such as 022',
    unit: 'mask',
    // YAML reads 022 as the number 22
    schema: z
      .union([z.string(), z.number()])
      .transform(String)
      .refine((text) => /^0*[0-7]{1,3}$/.test(text))
      .transform((text) => text.replace(/^0+/, '').padStart(3, '0')),
  },
  switch: {
    allowed: 'yes or no',
    unit: 'switch',
    // YAML reads yes as a text and true as a boolean
    schema: z
      .union([z.boolean(), z.enum(['yes', 'no', 'true', 'false'])])
      .transform((value) => value === true || value === 'yes' || value === 'true'),
  },
  isolation: { allowed: 'none, user or strict', unit: 'level', schema: z.enum(['none', 'user', 'strict']) },
  onHang: {
    allowed: 'funpack, restart or warn',
    unit: 'reaction',
    schema: z.enum(['funpack', 'restart', 'warn']),
  },
  backupFormat: { allowed: 'lzo, zst or gz', unit: 'format', schema: z.enum(['lzo', 'zst', 'gz']) },
  endpoint: {
    allowed: 'an http: or https: address without user, query and fragment',
    unit: 'address',
    schema: z.string().regex(/^https?:\/\/[^\s/?#@]+(\/[^\s?#@]*)?$/).refine((text) => URL.canParse(text)),
  },
  store: {
    allowed:
      's3://bucket or s3://bucket/prefix, the path of a folder, or a file:, http: or https: address without user, ' +
      'query and fragment',
    unit: 'address',
    schema: z
      .string()
      .regex(/^(s3:\/\/[A-Za-z0-9][A-Za-z0-9._-]+(\/[^\s?#]*)?|https?:\/\/[^\s?#@]+|file:\/\/\/[^?#]*|[/~][^\0]*)$/)
      .refine((text) => /^[/~]/.test(text) || URL.canParse(text)),
  },
  listen: {
    allowed: 'an address and a port, such as 127.0.0.1:7465 or [::1]:7465',
    unit: 'address',
    schema: z
      .string()
      .regex(/^(\[[0-9A-Fa-f:.]+\]|[^\s:/[\]]+):\d{1,5}$/)
      .refine((text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535),
  },
  text: { allowed: 'text', unit: 'text', schema: z.string().min(1) },
  secret: { allowed: 'text', unit: 'secret', schema: z.string().min(1) },
} as const satisfies Readonly<Record<string, OptionKindSpec>>;

export type OptionKind = keyof typeof optionKinds;

/** The type of a checked value. Durations are in milliseconds, sizes in bytes. */
export type OptionValue<K extends OptionKind> =
  K extends 'duration' | 'size' | 'integer' ? number
  : K extends 'paths' | 'hosts' | 'networks' | 'users' ? readonly string[]
  : K extends 'switch' ? boolean
  : K extends 'share' ? DiskShare
  : K extends 'groups' ? Readonly<Record<string, readonly string[]>>
  : K extends 'isolation' ? 'none' | 'user' | 'strict'
  : K extends 'backupFormat' ? 'lzo' | 'zst' | 'gz'
  : K extends 'onHang' ? 'funpack' | 'restart' | 'warn'
  : string;
