import { z } from 'zod';
import type {
  DistributeData,
  DistributionCommand,
  DistributionCommandName,
} from '../commands/distribution-commands.js';
import { distributionLimits } from '../distributions/distribution.js';
import { PinkyError } from '../errors.js';
import { publicAddress } from '../secrets/public-address.js';
import { deadline } from './deadline.js';
import { fetchSource, md5, sha256, sourceOf } from './source.js';

const { mostBoxes, mostInWave } = distributionLimits;

const nameRule = 'must be a name out of A-Z a-z 0-9 _ -, at most 64 characters long';
const name = z.string(nameRule).regex(/^[A-Za-z0-9_-]{1,64}$/, nameRule);
const boxesRule = `must be a list of 1 to ${mostBoxes} names of boxes`;
const count = (from: number, to: number) => {
  const rule = `must be a whole number from ${from} to ${to}`;
  return z.number(rule).int(rule).min(from, rule).max(to, rule);
};
const idRule = 'must be the id of a distribution, such as d1a2b3c4d5e6';
const id = z.string(idRule).regex(/^[a-z0-9]{1,64}$/, idRule);
const about = { deadlineMs: deadline, serverId: z.unknown().optional() };

const distributeSchema = z.strictObject({
  ...about,
  funpack: fetchSource,
  sha256,
  md5,
  boxes: z.array(name, boxesRule).min(1, boxesRule).max(mostBoxes, boxesRule).optional(),
  group: name.optional(),
  waveSize: count(1, mostInWave).optional(),
  enoughPercent: count(1, 100).optional(),
  mostFailures: count(0, mostBoxes).optional(),
});
const listSchema = z.strictObject({ ...about, distribution: id.nullish() });
const oneSchema = z.strictObject({ ...about, distribution: id });
const waveSchema = z.strictObject({ ...about, distribution: id, wave: count(1, mostBoxes) });

/** The data of the commands about distributions. */
export const distributionSchemas = {
  distribute: distributeSchema,
  distributions: listSchema,
  'distribution cancel': oneSchema,
  'distribution wave': waveSchema,
} as const satisfies Readonly<Record<DistributionCommandName, z.ZodType>>;

/** The command of fields that its schema has let pass. Throws `bad_command` or `bad_url`. */
export function distributionCommand(command: DistributionCommandName, fields: unknown): DistributionCommand {
  switch (command) {
    case 'distribute': return { name: command, data: distributeData(distributeSchema.parse(fields)) };
    case 'distributions': {
      const { distribution } = listSchema.parse(fields);
      return { name: command, data: typeof distribution === 'string' ? { distribution } : {} };
    }
    case 'distribution cancel': return { name: command, data: { distribution: oneSchema.parse(fields).distribution } };
    case 'distribution wave': {
      const { distribution, wave } = waveSchema.parse(fields);
      return { name: command, data: { distribution, wave } };
    }
  }
}

function distributeData(given: z.infer<typeof distributeSchema>): DistributeData {
  const { boxes, group, waveSize, enoughPercent, mostFailures } = given;
  const { funpack: value, sha256: sha, md5: md } = given;
  const funpack = sourceOf({ command: 'distribute', field: 'funpack', value, sha256: sha, md5: md });
  if (funpack === undefined) throw new PinkyError('bad_command', 'distribute: funpack is missing');
  assertReachable(funpack.url);
  if (funpack.sha256 === undefined && funpack.md5 === undefined) {
    throw new PinkyError('bad_command', 'distribute: sha256 is missing, or md5 where the publisher tells only that');
  }
  if ((boxes === undefined) === (group === undefined)) {
    throw new PinkyError('bad_command', 'distribute: it takes either boxes or group');
  }
  return {
    funpack,
    ...(boxes && { boxes: [...new Set(boxes)] }),
    ...(group !== undefined && { group }),
    ...(waveSize !== undefined && { waveSize }),
    ...(enoughPercent !== undefined && { enoughPercent }),
    ...(mostFailures !== undefined && { mostFailures }),
  };
}

const protocols: ReadonlySet<string> = new Set(['http:', 'https:', 's3:']);

/** A path or a name means something else on each box. */
function assertReachable(url: string): void {
  if (URL.canParse(url) && protocols.has(new URL(url).protocol)) return;
  throw new PinkyError(
    'bad_url',
    `distribute: ${publicAddress(url)} is no address that every box reaches: it takes http:, https: and s3: addresses`,
    { remedy: 'name an http:, https: or s3: address' },
  );
}
