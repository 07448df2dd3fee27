/** One setting as a funpack's schema has it. */
export interface SettingRule {
  readonly type?: string;
  readonly label?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly values?: readonly unknown[] | Readonly<Record<string, string>>;
  readonly secret?: boolean;
  readonly readonly?: boolean;
  readonly min?: number;
  readonly max?: number;
  /** There where the game can take the setting while it runs. */
  readonly live?: unknown;
}
