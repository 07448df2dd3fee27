/** How much of a processor a game has used for a while. `still`: as good as nothing. `spinning`: one whole one. */
export type CpuUse = 'still' | 'usual' | 'spinning' | 'unknown';

/**
 * Whether a game answers by its own protocol. `missed`: it has answered in this run, and left the last three questions
 * without an answer. `unknown`: it is not asked, or it has never answered, so its silence says nothing.
 */
export type QuerySign = 'answers' | 'missed' | 'unknown';

/** The signs by which a game counts as hung. */
export interface PublishedSigns {
  readonly silent_ms: number;
  readonly query: QuerySign;
  readonly cpu: CpuUse;
}

/** The fields of each warning of Pinky's own, by its kind, besides its message. */
interface OwnWarningFields {
  readonly not_listening: { readonly port: number; readonly listens: readonly number[] };
  readonly unusable_event: { readonly fault: string };
  readonly unusable_setting: { readonly setting: string };
  readonly query_failed: object;
  readonly looks_hung: { readonly signs: PublishedSigns };
  /** Bytes. */
  readonly memory_near_limit: { readonly used: number; readonly limit: number };
  readonly limits_missing: { readonly limits: readonly string[] };
  readonly not_isolated: object;
  readonly world_unsaved: object;
  readonly backup_damaged: { readonly backup: string };
  readonly backups_waiting: {
    readonly store?: string;
    readonly count: number;
    readonly bytes: number;
    /** Unix milliseconds. */
    readonly since: number;
  };
}

export type OwnWarningKind = keyof OwnWarningFields;

/** Every kind. A game's own warning has none of them. */
const ownKinds: Readonly<Record<OwnWarningKind, true>> = {
  not_listening: true,
  unusable_event: true,
  unusable_setting: true,
  query_failed: true,
  looks_hung: true,
  memory_near_limit: true,
  limits_missing: true,
  not_isolated: true,
  world_unsaved: true,
  backup_damaged: true,
  backups_waiting: true,
};
export const isOwnWarningKind = (kind: unknown): kind is OwnWarningKind =>
  typeof kind === 'string' && Object.hasOwn(ownKinds, kind);

/** A warning of Pinky's own: a union by `kind`. */
export type OwnWarning<Kind extends OwnWarningKind = OwnWarningKind> = Kind extends OwnWarningKind
  ? { readonly kind: Kind; readonly message: string } & OwnWarningFields[Kind]
  : never;

/** Every warning: Pinky's own, and those of a game whose kinds are known to its reader. */
export type WarningFields<GameKind extends string = never> =
  | OwnWarning
  | { readonly kind?: GameKind; readonly message?: string };
