import { z } from 'zod';

const source = z.union([
  z.string().min(1).max(4096),
  z.strictObject({ url: z.string().min(1).max(4096), sha256: z.string().regex(/^[0-9a-fA-F]{64}$/).optional() }),
]);

/** The fields of a start, in one spelling. The box checks them further: docs/redis.md has the meaning of each. */
export const startFields = {
  funpack: source.optional().describe('a name, a path, an address, or {url, sha256}; the definition may have it'),
  funpackId: z.string().min(1).max(4096).optional(),
  ram: z
    .union([z.number().int(), z.strictObject({ min: z.number().int().optional(), max: z.number().int() })])
    .optional()
    .describe('megabytes'),
  world: source.nullish().describe('`new`, or where the world comes from; absent: the newest backup'),
  settings: z.record(z.string(), z.unknown()).optional(),
  onExit: z.string().min(1).max(1_000).optional()
    .describe('what follows if the game ends by itself: `restart`, `stop`, rules by code, or `funpack`'),
  port: z.number().int().min(1).max(65_535).optional().describe('the server has this port or none'),
};
