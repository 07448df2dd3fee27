import { createHash } from 'node:crypto';
import type { Source, StartOrder, StartRequest } from '../commands/commands.js';
import type { Schedule } from '../schedules/schedule.js';
import type { WantedState } from '../state/lifecycle.js';

/**
 * The record of what a game server is, and whether it is wanted up: `definitions/<id>.json` of the home. It outlives
 * the server's runs, until `rm`. Only the queue process writes it. It never names a world, which belongs to one start.
 */
export interface Definition {
  readonly format: 1;
  readonly serverId: string;
  /** Each write has a higher one. */
  readonly revision: number;
  /** The revision in which something changed that a start has to apply. A run of an older one does not have it yet. */
  readonly changedIn: number;
  readonly funpack: Source;
  readonly funpackId?: string;
  /** SHA-256 of the funpack, as it ran last. */
  readonly digest?: string;
  /** Megabytes. */
  readonly ram: StartOrder['ram'];
  /** Somebody gave the memory with a start. Absent too where an older version wrote the definition. */
  readonly isRamGiven?: boolean;
  readonly settings: StartOrder['settings'];
  /**
   * The names of those settings that are known to be no secret: its funpack said so at a run. Only they stand in this
   * file; the rest is kept beside it (`KeptSecrets`).
   */
  readonly plain?: readonly string[];
  /** The port that the server had last, or is to have. */
  readonly port?: number;
  /** The port was given with the start: the server has this one or none, and nobody else gets it. */
  readonly isPortFixed?: boolean;
  /** Its own rules about exits that nobody asked for. Absent: its funpack's count. */
  readonly onExit?: string;
  readonly wanted: WantedState;
  /** Since when that is wanted, Unix milliseconds. */
  readonly wantedSince: number;
  /** The things that are done with the server by the clock (docs/schedules.md). */
  readonly schedules?: readonly Schedule[];
}

/** The part of a start that it may leave to the definition. */
export type DefinedStart = Pick<
  Definition,
  'funpack' | 'funpackId' | 'ram' | 'isRamGiven' | 'settings' | 'port' | 'isPortFixed' | 'onExit'
>;

const usualRam = { min: 1024, max: 1024 } as const;

/**
 * The definition after a start was asked for. A field that the start leaves out stays. With a funpack it names all the
 * settings, if it names any; without one it changes only those that it names. Another funpack begins anew. Undefined
 * if nothing says which funpack it is.
 */
export function definedBy(
  { funpack, funpackId, ram, settings, port, onExit }: StartRequest,
  before: DefinedStart | undefined,
): DefinedStart | undefined {
  const source = funpack ?? before?.funpack;
  if (!source) return undefined;
  const kept = before && isSameFunpack(source, before.funpack) ? before : undefined;
  const id = funpackId ?? kept?.funpackId;
  const rules = onExit === 'funpack' ? undefined : (onExit ?? kept?.onExit);
  const hasPort = port !== undefined || before?.port !== undefined;
  const isPortFixed = port !== undefined || before?.isPortFixed === true;
  const isRamGiven = ram !== undefined || kept?.isRamGiven === true;
  return {
    funpack: kept && source.sha256 === undefined ? kept.funpack : source,
    ram: ram ?? kept?.ram ?? usualRam,
    settings: withoutNull(funpack && settings ? settings : { ...kept?.settings, ...settings }),
    ...(id !== undefined && { funpackId: id }),
    ...(hasPort && { port: port ?? before?.port ?? 0 }),
    ...(isPortFixed && { isPortFixed }),
    ...(isRamGiven && { isRamGiven }),
    ...(rules !== undefined && { onExit: rules }),
  };
}

/** A setting that is null is as if it had never been given. */
const withoutNull = (settings: StartOrder['settings']): StartOrder['settings'] =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));

/** Whether two sources name the same funpack. A sum that only one of them names says nothing. */
export const isSameFunpack = (a: Source, b: Source): boolean =>
  a.url === b.url && (a.sha256 === undefined || b.sha256 === undefined || a.sha256 === b.sha256);

/** Whether a start by the one does the same as a start by the other. A port that was only remembered does not count. */
export function isSameStart(a: DefinedStart, b: DefinedStart): boolean {
  const essence = ({ funpack, funpackId, ram, settings, port, isPortFixed, onExit }: DefinedStart): string =>
    JSON.stringify(sorted({
      funpack,
      funpackId,
      ram,
      settings,
      port: isPortFixed ? port : undefined,
      onExit,
    }));
  return essence(a) === essence(b);
}

/** The data for the worker that is to start the server as it is defined. */
export const startOf = (
  {
    serverId,
    revision,
    funpack,
    funpackId,
    ram,
    isRamGiven,
    settings,
    port,
    isPortFixed,
    onExit,
  }: Definition,
  world?: StartOrder['world'],
): StartOrder => ({
  serverId,
  revision,
  funpack,
  ram,
  settings,
  ...(funpackId !== undefined && { funpackId }),
  ...(port !== undefined && { port }),
  ...(isPortFixed && { isPortFixed }),
  ...(isRamGiven && { isRamGiven }),
  ...(onExit !== undefined && { onExit }),
  ...(world !== undefined && { world }),
});

/**
 * Names a world that a start was asked to begin with, so that another start can be compared with it. Nothing can be
 * restored from it. Undefined for a start that named no world.
 */
export function worldMarkOf(world: StartOrder['world']): string | undefined {
  if (world === undefined || world === 'new') return world;
  return createHash('sha256').update(`${world.url}\n${world.sha256 ?? ''}`).digest('hex').slice(0, 16);
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]),
  );
}
