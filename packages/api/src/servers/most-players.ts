import { knownFunpack } from '@pinky/funpack-runner/light';
import type { BoxConfig, Definition, SettingSchema } from '@pinky/protocol';

/** Names that games have for it: `maxPlayers`, `max_clients`, `MAX-USERS`. */
const settingName = /^max[-_]?(players|clients|users)$/i;
/** Funpacks whose schema is remembered at most. */
const mostKnown = 500;

/** The setting that says how many players a game takes, with its usual value. */
export interface PlayersSetting {
  readonly name: string;
  readonly usual: unknown;
}

export function playersSetting(schema: Readonly<Record<string, SettingSchema>> = {}): PlayersSetting | undefined {
  const found = Object.entries(schema).find(([name]) => settingName.test(name));
  return found && { name: found[0], usual: found[1].default };
}

/** The number of players, if this is one. */
export const playersIn = (value: unknown): number | undefined => {
  const count = Number(value);
  return value !== '' && Number.isInteger(count) && count > 0 ? count : undefined;
};

/** Tells how many players a server takes, as its settings say. The schema of each funpack is read once. */
export class MostPlayers {
  /** Their funpacks are not here. A start, which brings one, changes the definition. */
  readonly #absent = new WeakSet<Definition>();
  readonly #settings = new Map<string, PlayersSetting | undefined>();

  constructor(private readonly config: () => BoxConfig) {}

  of(definition: Definition | undefined): number | undefined {
    if (!definition) return undefined;
    const setting = this.#settingOf(definition);
    if (!setting) return undefined;
    return playersIn(definition.settings[setting.name] ?? setting.usual);
  }

  #settingOf(definition: Definition): PlayersSetting | undefined {
    const { funpack, digest } = definition;
    const key = `${funpack.url}\n${funpack.sha256 ?? ''}\n${digest ?? ''}`;
    if (this.#settings.has(key) || this.#absent.has(definition)) return this.#settings.get(key);
    const known = knownFunpack(this.config(), definition);
    if (!known) this.#absent.add(definition);
    if (!known) return undefined;
    const setting = playersSetting(known.manifest.schema);
    const [oldest] = this.#settings.keys();
    if (this.#settings.size >= mostKnown && oldest !== undefined) this.#settings.delete(oldest);
    this.#settings.set(key, setting);
    return setting;
  }
}
