import { afterReload, checkConfig, type GivenConfig } from './check-config.js';
import type { Effective } from './server-config.js';

/** A configuration, or a function that is called for it at the start and again on each reload (to read a file, say). */
export type ConfigGiven = GivenConfig | (() => GivenConfig | Promise<GivenConfig>);

/** The configuration of one process over its life. */
export class ConfigSource {
  #current: Effective | undefined;

  constructor(private readonly given: ConfigGiven) {}

  /** What is in effect. Only after `load`. */
  get current(): Effective {
    if (!this.#current) throw new Error('the configuration was not loaded yet');
    return this.#current;
  }

  /** Reads, checks and takes over; where that fails (`bad_option`, or the function's error), the old one stays. */
  async load(): Promise<Effective> {
    const next = checkConfig(typeof this.given === 'function' ? await this.given() : this.given);
    this.#current = this.#current ? afterReload(this.#current, next) : next;
    return this.#current;
  }
}
