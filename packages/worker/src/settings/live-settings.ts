import { assertKnownSettings, checkSettings } from '@pinky/funpack-runner/light';
import {
  isSameFunpack,
  isSameStart,
  messageOf,
  toErrorAnswer,
  type Clock,
  type GameEvent,
  type LiveChange,
  type Logger,
  type StartOrder,
} from '@pinky/protocol';
import { sayOrder } from '../commands/say-order.js';
import type { GameServer } from '../life/game-server.js';
import type { GameRun } from '../run/game-run.js';
import { announcedBy } from './announced.js';
import { SettingsTeller, type AskQueue } from './settings-teller.js';

export interface LiveSettingsParts {
  readonly server: GameServer;
  readonly askQueue: AskQueue;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onChange: () => void;
}

type Settings = StartOrder['settings'];
const nothing: LiveChange = { live: [], refused: {}, isWhole: false };

/**
 * Changes of settings while the game is up, in both directions: what an operator changes is said to the game, and what
 * the game announces goes into the server's definition. One after the other, in order of arrival.
 */
export class LiveSettings {
  #tail: Promise<unknown> = Promise.resolve();
  readonly #teller: SettingsTeller;

  constructor(private readonly parts: LiveSettingsParts) {
    this.#teller = new SettingsTeller(parts);
  }

  /**
   * The server is defined as `start` says from now on. Says to the game what it can change. Throws `bad_settings` for
   * settings that no start would take.
   */
  change(start: StartOrder): Promise<LiveChange> {
    const mine = this.#tail.then(() => this.#change(start));
    this.#tail = mine.catch(() => undefined);
    return mine;
  }

  /** A game that was launched again begins with the settings of its start. Says to it what was changed since. */
  again(): Promise<void> {
    const mine = this.#tail.then(() => this.#again());
    this.#tail = mine;
    return mine;
  }

  /** The game says that a setting has changed. */
  announced(event: GameEvent): void {
    const { server } = this.parts;
    const { runs: { current: run }, record: { now: record }, funpack } = server;
    if (!run || !record || !funpack || isOld(record.settingsAt, run)) return;
    const { start: { settings } } = record;
    const change = announcedBy(event, settings, funpack.manifest.schema);
    if (!change) return;
    if ('fault' in change) {
      return run.warn({ kind: 'unusable_setting', setting: change.setting, message: change.fault });
    }
    const { setting, value } = change;
    const { announced } = record;
    server.record.tryChange({
      ...placed(run),
      start: { ...record.start, settings: { ...settings, [setting]: value } },
      announced: {
        settings: { ...announced?.settings, [setting]: value },
        was: { [setting]: settings[setting] ?? null, ...announced?.was }, // the first one is what the definition has
      },
    });
    this.#useSettings();
    this.#teller.tell();
  }

  /** Tells what the worker before could not tell. */
  resume(): void {
    this.#teller.tell();
  }

  leave(): void {
    this.#teller.leave();
  }

  async #change(start: StartOrder): Promise<LiveChange> {
    const { server } = this.parts;
    const { record: { now: record }, funpack, state } = server;
    if (!record || !funpack || !isSameFunpack(record.start.funpack, start.funpack)) return nothing;
    const { given = [], settings } = start;
    assertKnownSettings(funpack.manifest, Object.fromEntries(given.map((name) => [name, settings[name]])));
    const wanted = checkSettings(funpack.manifest, settings);
    if (state.now !== 'up') return nothing;
    const had = checkSettings(funpack.manifest, record.start.settings);
    const names = [...new Set([...Object.keys(wanted), ...Object.keys(had)])];
    const { live, refused } = await this.#tellAll(names.filter((name) => !isSame(wanted[name], had[name])), wanted);
    return { live, refused, isWhole: this.#applied(start, live) };
  }

  async #tellAll(names: readonly string[], wanted: Settings): Promise<Omit<LiveChange, 'isWhole'>> {
    const { server: { funpack, runs: { current: run } } } = this.parts;
    const live: string[] = [];
    const refused: Record<string, LiveChange['refused'][string]> = {};
    for (const name of names) {
      if (!run || funpack?.manifest.schema?.[name]?.live === undefined || wanted[name] === undefined) continue;
      try {
        await this.#say(run, name, wanted[name]);
        live.push(name);
      } catch (error) {
        const { code, message } = toErrorAnswer(error);
        refused[name] = { code, message: run.talk.secrets.mask.text(message) };
      }
    }
    return { live, refused };
  }

  async #say(run: GameRun, setting: string, value: unknown): Promise<void> {
    await sayOrder(run, { type: 'set', setting, value }, this.parts.server.serverId);
    const isSecret = run.talk.secrets.names.includes(setting);
    run.runLog.note('settings_changed', { setting, ...(!isSecret && { value }), because: 'it was set' });
  }

  /** Writes down what the game has taken, as part of its start. Answers whether nothing is left for the next one. */
  #applied({ given: _given, ...start }: StartOrder, live: readonly string[]): boolean {
    const { server: { record, runs: { current: run } }, onChange } = this.parts;
    const now = record.now;
    if (!now || !run) return false;
    const settings = { ...now.start.settings };
    for (const name of live) {
      if (start.settings[name] === undefined) delete settings[name];
      else settings[name] = start.settings[name];
    }
    const { onExit: _before, ...before } = now.start;
    // nothing has to happen to the game for the rules about its exits
    const after = { ...before, settings, ...(start.onExit !== undefined && { onExit: start.onExit }) };
    const isWhole = isSameStart(after, start);
    record.tryChange({
      ...placed(run),
      start: { ...after, ...(isWhole && start.revision !== undefined && { revision: start.revision }) },
      ...(live.length > 0 && { live: { run: run.id, settings: { ...now.live?.settings, ...only(live, settings) } } }),
    });
    if (live.length > 0) this.#useSettings();
    onChange();
    return isWhole;
  }

  /** The next launch, and the words for the game, go by the settings as they are now. */
  #useSettings(): void {
    const { server, log } = this.parts;
    const { prepared, record: { now: record }, runs } = server;
    if (!prepared || !record) return;
    const { funpack, context } = prepared;
    try {
      const next = { ...context, settings: checkSettings(funpack.manifest, record.start.settings) };
      server.prepare({ funpack, context: next });
      runs.current?.speak(funpack, next);
    } catch (error) {
      // the game was started with a setting that its funpack does not take any more
      log.warn({ event: 'settings.unused', serverId: server.serverId, because: messageOf(error) });
    }
  }

  async #again(): Promise<void> {
    const { server: { serverId, record, runs: { current: run } }, log } = this.parts;
    const live = record.now?.live;
    if (!run || !live || live.run === run.id) return;
    for (const [setting, value] of Object.entries(live.settings)) {
      await sayOrder(run, { type: 'set', setting, value }, serverId).catch((error: unknown) =>
        log.warn({ event: 'setting.unsaid', serverId, setting, because: toErrorAnswer(error).code }));
    }
    if (record.now?.live === live) record.tryChange({ live: { ...live, run: run.id } });
  }
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

const only = (names: readonly string[], settings: Settings): Settings =>
  Object.fromEntries(names.filter((name) => settings[name] !== undefined).map((name) => [name, settings[name]]));

/** The place in the console up to which the settings in the record have everything. */
const placed = ({ id, runLog }: GameRun) => ({ settingsAt: { run: id, console: runLog.heard } });

/** A worker that takes a game over reads its last lines again. */
const isOld = (at: { readonly run: string; readonly console: number } | undefined, run: GameRun): boolean =>
  at?.run === run.id && run.runLog.heard <= at.console;
