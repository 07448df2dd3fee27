import { readRedisDamage } from '@pinky/protocol';

/**
 * After a power cut, the last seconds of Redis's own log of writes may be zeros. The box has them cut off before Redis
 * is started again. Answers whether it did so since `began` (Unix milliseconds), and why Redis cannot be started.
 */
export function redisAfterCut(home, began) {
  const { cut, stuck } = readRedisDamage(home) ?? {};
  return { wasCut: cut !== undefined && cut.at >= began, stuck: stuck?.because };
}
