import type { Clock, Logger } from '@pinky/protocol';
import { troubleOf, type RedisTrouble } from './trouble.js';

/** A refusal of a call that is not made again is over after this, milliseconds. The others are refused more often. */
const lastsMs = 60_000;

/**
 * The causes that keep commands or events from Redis now. Each cause is logged once, at error, with its remedy, however
 * many calls it refuses, until everything that it stopped works again.
 */
export class RedisTroubles {
  readonly #byPart = new Map<string, { readonly trouble: RedisTrouble; readonly at: number }>();

  constructor(private readonly options: { readonly logger: Logger; readonly clock: Clock }) {}

  /** One for each cause. */
  get all(): readonly RedisTrouble[] {
    this.#forget();
    return [...new Map([...this.#byPart.values()].map(({ trouble }) => [causeOf(trouble), trouble])).values()];
  }

  /** The keys of ours that had a wrong type when they were last used. */
  get wrongKeys(): readonly string[] {
    return this.all.flatMap(({ key }) => (key === undefined ? [] : [key]));
  }

  /** `part` names what does not work, such as `publish`. */
  failed(part: string, error: unknown, because?: string): void {
    this.#forget();
    const { logger, clock } = this.options;
    const trouble = troubleOf(error, because);
    const isNews = !this.#has(causeOf(trouble));
    // One part may work for one server's key, and not for another's.
    this.#byPart.set(partOf(trouble.key) ?? part, { trouble, at: clock.now() });
    if (isNews) logger.error({ event: 'redis.trouble', part, ...trouble });
  }

  /** A key has the right type again. */
  keyIsRight(key: string): void {
    this.works(partOf(key) ?? key);
  }

  works(part: string): void {
    const over = this.#byPart.get(part);
    if (over) this.#remove(part, over.trouble);
  }

  #forget(): void {
    const before = this.options.clock.now() - lastsMs;
    for (const [part, { trouble, at }] of this.#byPart) if (at < before) this.#remove(part, trouble);
  }

  #remove(part: string, trouble: RedisTrouble): void {
    this.#byPart.delete(part);
    const { kind, key } = trouble;
    if (this.#has(causeOf(trouble))) return;
    this.options.logger.info({ event: 'redis.trouble_over', kind, ...(key !== undefined && { key }) });
  }

  #has(cause: string): boolean {
    return [...this.#byPart.values()].some(({ trouble }) => causeOf(trouble) === cause);
  }
}

const causeOf = ({ kind, key = '' }: RedisTrouble): string => `${kind} ${key}`;

/** The part that a wrong key stands for, whatever was refused because of it. */
const partOf = (key: string | undefined): string | undefined => (key === undefined ? undefined : `key ${key}`);
