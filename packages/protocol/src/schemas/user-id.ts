import { z } from 'zod';

/** A number that JavaScript would change is another player's, so it has to come as a text. */
const isExact = (id: unknown): id is number =>
  typeof id === 'number' && (Number.isSafeInteger(id) || (Number.isFinite(id) && !Number.isInteger(id)));
const userIdRule = 'must be a text, or a number that JavaScript does not change';

/** The game's own number of a player, as events have it in `user_id`. Read as its text. */
export const userId = z
  .preprocess(
    (id) => (isExact(id) ? String(id) : id),
    z.string(userIdRule).min(1, 'must not be empty').max(4096, 'is longer than 4096 characters'),
  )
  .optional();
