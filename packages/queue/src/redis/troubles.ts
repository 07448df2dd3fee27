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
    return [...new Map([...this.#byPart.values()].map(({ trouble }) => [trouble.kind, trouble])).values()];
  }

  /** `part` names what does not work, such as `publish`. */
  failed(part: string, error: unknown, because?: string): void {
    this.#forget();
    const { logger, clock } = this.options;
    const trouble = troubleOf(error, because);
    const isNews = !this.#has(trouble.kind);
    this.#byPart.set(part, { trouble, at: clock.now() });
    if (isNews) logger.error({ event: 'redis.trouble', part, ...trouble });
  }

  works(part: string): void {
    const over = this.#byPart.get(part);
    if (over) this.#remove(part, over.trouble);
  }

  #forget(): void {
    const before = this.options.clock.now() - lastsMs;
    for (const [part, { trouble, at }] of this.#byPart) if (at < before) this.#remove(part, trouble);
  }

  #remove(part: string, { kind }: RedisTrouble): void {
    this.#byPart.delete(part);
    if (!this.#has(kind)) this.options.logger.info({ event: 'redis.trouble_over', kind });
  }

  #has(kind: string): boolean {
    return [...this.#byPart.values()].some(({ trouble }) => trouble.kind === kind);
  }
}
