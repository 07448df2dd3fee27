import { blackened, Mask, noMask, secretValues, type GameEvent, type SettingSchema } from '@pinky/protocol';

type Schema = Readonly<Record<string, SettingSchema>>;

/** The secrets of one run: the values that nobody is to see, and the names of the settings that have them. */
export class RunSecrets {
  private constructor(
    readonly mask: Mask,
    readonly names: readonly string[],
  ) {}

  /** Those of a game whose funpack is not known yet: none. */
  static readonly none = new RunSecrets(noMask, []);

  /** `settings` are those that the game has, with the defaults of its funpack. */
  static of(schema: Schema = {}, settings: Readonly<Record<string, unknown>> = {}): RunSecrets {
    const names = Object.keys(schema).filter((name) => schema[name]?.secret === true);
    return new RunSecrets(new Mask(secretValues(settings, schema)), names);
  }

  /** Those of a run whose funpack is gone: the names are in its dialect, the values in the server's record. */
  static named(names: readonly string[], settings: Readonly<Record<string, unknown>>): RunSecrets {
    const schema = Object.fromEntries(names.map((name) => [name, { type: 'string', secret: true } as const]));
    return RunSecrets.of(schema, Object.fromEntries(names.map((name) => [name, settings[name]])));
  }

  /** The event as it may be shown. A secret that it tells is a new one, which no mask knows yet. */
  event(event: GameEvent): GameEvent {
    const isNew = event.type === 'settings_changed' && this.names.includes(String(event['setting']));
    if (!isNew) return this.mask.deep(event);
    const told = ['value', 'add', 'remove'].filter((field) => event[field] !== undefined);
    return { ...this.mask.deep(event), ...Object.fromEntries(told.map((field) => [field, blackened])) };
  }
}
