/** The formats of eggs: those of Pterodactyl, and those of Pelican. */
export const eggFormats = ['PTDL_v1', 'PTDL_v2', 'PLCN_v1', 'PLCN_v2', 'PLCN_v3'] as const;
export type EggFormat = (typeof eggFormats)[number];

/** One variable of an egg: a setting, and an environment variable of the game. */
export interface EggVariable {
  readonly name: string;
  readonly description: string;
  readonly variable: string;
  readonly value: string;
  readonly isViewable: boolean;
  readonly isEditable: boolean;
  /** Rules of Laravel, such as `max:20`. */
  readonly rules: readonly string[];
}

/** A file that the panel changes before each start. */
export interface EggFile {
  readonly path: string;
  readonly parser: string;
  readonly find: Readonly<Record<string, unknown>>;
}

/** An egg in one form, whatever its format. */
export interface Egg {
  readonly format: EggFormat;
  readonly name: string;
  readonly author: string;
  readonly description: string;
  readonly startups: readonly { readonly name: string; readonly command: string }[];
  readonly stop: string;
  readonly done: readonly string[];
  readonly files: readonly EggFile[];
  readonly variables: readonly EggVariable[];
  readonly images: readonly string[];
  readonly features: readonly string[];
  readonly denied: readonly string[];
  readonly install: { readonly script: string; readonly container: string; readonly entrypoint: string };
}

/**
 * The fate of a part of an egg: it does the same in the funpack, it does its work in another way, or the funpack lacks
 * it.
 */
export type Fate = 'carried' | 'changed' | 'missing';

export interface EggNote {
  /** The field of the egg. */
  readonly field: string;
  readonly fate: Fate;
  readonly says: string;
}

export const carried = (field: string, says: string): EggNote => ({ field, fate: 'carried', says });
export const changed = (field: string, says: string): EggNote => ({ field, fate: 'changed', says });
export const missing = (field: string, says: string): EggNote => ({ field, fate: 'missing', says });
