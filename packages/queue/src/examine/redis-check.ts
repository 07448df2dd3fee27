import type { RedisTrouble } from '../redis/trouble.js';

/** One thing that was looked at or tried. `bad`: Pinky cannot work. `odd`: it works, but something is worth a look. */
export interface RedisCheck {
  readonly name: string;
  readonly level: 'ok' | 'odd' | 'bad';
  readonly found: string;
  readonly fix?: string;
  /** The kind of trouble with Redis, where it is one. */
  readonly trouble?: RedisTrouble['kind'];
}

export const badCheck = (name: string, { kind, because, remedy }: RedisTrouble): RedisCheck => ({
  name,
  level: 'bad',
  found: because,
  fix: remedy,
  trouble: kind,
});
