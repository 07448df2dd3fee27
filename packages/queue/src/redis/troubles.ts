import type { Logger } from '@pinky/protocol';
import { troubleOf, type RedisTrouble } from './trouble.js';

/**
 * What keeps commands or events from Redis now. Each cause is logged once, at error, with its remedy, however many
 * calls it refuses, until everything that it stopped works again.
 */
export class RedisTroubles {
  readonly #byPart = new Map<string, RedisTrouble>();

  constructor(private readonly logger: Logger) {}

  /** One for each cause. */
  get all(): readonly RedisTrouble[] {
    return [...new Map([...this.#byPart.values()].map((trouble) => [trouble.kind, trouble])).values()];
  }

  /** `part` names what does not work, such as `publish`. */
  failed(part: string, error: unknown, because?: string): void {
    const trouble = troubleOf(error, because);
    const isNews = !this.#has(trouble.kind);
    this.#byPart.set(part, trouble);
    if (isNews) this.logger.error({ event: 'redis.trouble', part, ...trouble });
  }

  works(part: string): void {
    const trouble = this.#byPart.get(part);
    if (!trouble) return;
    this.#byPart.delete(part);
    if (!this.#has(trouble.kind)) this.logger.info({ event: 'redis.trouble_over', kind: trouble.kind });
  }

  #has(kind: string): boolean {
    return [...this.#byPart.values()].some((trouble) => trouble.kind === kind);
  }
}
