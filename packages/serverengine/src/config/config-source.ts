import { afterReload, checkConfig, type GivenConfig } from './check-config.js';
import type { EffectiveConfig } from './server-config.js';

/** A configuration, or a function that returns it, from a file, say. It is called at the start and at each reload. */
export type ConfigGiven = GivenConfig | (() => GivenConfig | Promise<GivenConfig>);

/** The configuration of one process throughout its life. */
export class ConfigSource {
  #current: EffectiveConfig | undefined;

  constructor(private readonly given: ConfigGiven) {}

  /** The configuration in effect. Only after `load`. */
  get current(): EffectiveConfig {
    if (!this.#current) throw new Error('the configuration was not loaded yet');
    return this.#current;
  }

  /** Reads, checks and takes over. If that fails the old one stays: `bad_option`, or the function's own error. */
  async load(): Promise<EffectiveConfig> {
    const next = checkConfig(typeof this.given === 'function' ? await this.given() : this.given);
    this.#current = this.#current ? afterReload(this.#current, next) : next;
    return this.#current;
  }
}
