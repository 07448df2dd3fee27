import type { Clock, Logger, QuerySign } from '@pinky/protocol';
import { StallMeter } from '../admission/cpu-stall.js';
import type { GameServer } from '../life/game-server.js';
import type { GameRun } from '../run/game-run.js';
import { endHung } from './end-hung.js';
import {
  cpuUseOf,
  published,
  signsInWords,
  verdictOf,
  type HangRules,
  type HangSigns,
  type HangVerdict,
} from './hang-verdict.js';
import { Starvation, type StallTotal } from './starvation.js';

/** From this silence on the other signs count, if the funpack does not say, milliseconds. */
const usualJointMs = 180_000;
/** How often a decision is put off while the machine starves the game. */
const mostPostponements = 4;

export interface HangWatchParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly server: GameServer;
  readonly query: { readonly sign: QuerySign };
  readonly stallMs: StallTotal;
  /** The operator's word: what follows a hang of any game. */
  readonly onHang: () => 'funpack' | 'restart' | 'warn';
}

/** The signs of a hang for those who ask, and what is made of them. */
export interface HangFacts extends HangSigns {
  readonly verdict: HangVerdict;
  readonly isStarved: boolean;
  /** The reaction to a game that counts as hung. */
  readonly follows: 'restart' | 'warn';
  readonly inWords: string;
}

/**
 * Watches a game that is up. Its silence, its answers by its own protocol and its use of the processor decide together
 * whether it hangs. It is ended only where its funpack or the operator asked for that; else there is a warning.
 */
export class HangWatch {
  #abort = new AbortController();
  #eyes: { readonly run: GameRun; readonly cpu: StallMeter; readonly starvation: Starvation } | undefined;

  constructor(private readonly parts: HangWatchParts) {}

  watch(run: GameRun): void {
    this.stop();
    const { clock, stallMs } = this.parts;
    const now = (): number => clock.now();
    this.#eyes = {
      run,
      cpu: new StallMeter(now, () => run.vitals?.cpuMs),
      starvation: new Starvation(now, (of) => run.vitals?.stallMs?.(of), stallMs),
    };
    void this.#watch(run, this.#abort.signal);
  }

  stop(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#eyes = undefined;
    this.parts.server.warn(undefined, 'hang');
  }

  /** Undefined while the game was heard not long ago. */
  get facts(): HangFacts | undefined {
    const eyes = this.#eyes;
    if (!eyes || this.#silentMs(eyes.run) < this.#leadMs) return undefined;
    const signs = this.#signs(eyes.run);
    return {
      ...signs,
      verdict: verdictOf(signs, this.#rules),
      isStarved: eyes.starvation.isStarved,
      follows: this.#reaction,
      inWords: signsInWords(signs),
    };
  }

  /** Looks at the second half of each silence: for so long, the use of the processor is measured. */
  async #watch(run: GameRun, signal: AbortSignal): Promise<void> {
    let postponed = 0;
    for (let goesOn = true; goesOn && !signal.aborted;) {
      const silentMs = this.#silentMs(run);
      if (silentMs < this.#leadMs) {
        this.parts.server.warn(undefined, 'hang');
        postponed = 0;
        await this.parts.clock.rest(this.#leadMs - silentMs, signal);
        continue;
      }
      this.#eyes?.cpu.restart();
      this.#eyes?.starvation.begin();
      if (!(await this.parts.clock.rest(this.#untilLook(silentMs), signal))) return;
      goesOn = await this.#look(run, signal, postponed < mostPostponements ? () => { postponed += 1; } : undefined);
    }
  }

  /** Whether the watch goes on. `postpone`: undefined if the decision was put off often enough. */
  async #look(run: GameRun, signal: AbortSignal, postpone?: () => void): Promise<boolean> {
    const { server, log } = this.parts;
    run.runLog.readToEnd(false); // this process may have stood still while the game spoke
    const signs = this.#signs(run);
    const verdict = verdictOf(signs, this.#rules);
    if (server.state.flow === 'stop') return false;
    if (verdict === 'lives') server.warn(undefined, 'hang');
    if (verdict === 'lives' || this.#isExcused(verdict, postpone)) return true;
    if (verdict === 'doubtful' || this.#reaction === 'warn') {
      this.#warn(run, signs, verdict);
      return true;
    }
    log.warn({ event: 'server.silent', serverId: server.serverId, verdict, ...signs });
    const { aloneMs } = this.#rules;
    await endHung(run, { signs, verdict, aloneMs, signal, mayEnd: () => server.state.flow !== 'stop' });
    return false;
  }

  /** A game that is backed up may be held still by its funpack; one that gets no processor cannot do better. */
  #isExcused(verdict: HangVerdict, postpone: (() => void) | undefined): boolean {
    if (verdict === 'doubtful') return false;
    if (verdict === 'hung' && this.parts.server.isBackingUp) return true;
    if (!postpone || this.#eyes?.starvation.isStarved !== true) return false;
    postpone();
    this.parts.log.info({ event: 'server.hang_postponed', serverId: this.parts.server.serverId });
    return true;
  }

  #warn(run: GameRun, signs: HangSigns, verdict: HangVerdict): void {
    const message = `the game ${verdict === 'doubtful' ? 'may hang' : 'hangs'}: it ${signsInWords(signs)}`;
    run.warn({ kind: 'looks_hung', message, signs: published(signs) });
    this.parts.server.warn(message, 'hang');
  }

  get #rules(): HangRules {
    const { silenceTimeoutMs, hang } = this.parts.server.funpack?.manifest ?? {};
    return { aloneMs: silenceTimeoutMs, jointMs: hang?.silenceMs ?? usualJointMs };
  }

  /** Silence alone has always ended a game, so a funpack that names its length has asked for that. */
  get #reaction(): 'restart' | 'warn' {
    const { manifest } = this.parts.server.funpack ?? {};
    const word = this.parts.onHang();
    if (word !== 'funpack') return word;
    if (manifest?.hang?.do) return manifest.hang.do;
    return manifest?.hang || manifest?.silenceTimeoutMs !== undefined ? 'restart' : 'warn';
  }

  #signs(run: GameRun): HangSigns {
    const { confinement, query } = { ...this.parts.server.record.now, query: this.parts.query.sign };
    const percent = confinement?.limits?.cpuQuotaPercent;
    const cpu = cpuUseOf(this.#eyes?.cpu.share, percent === undefined ? 1 : percent / 100);
    return { silentMs: this.#silentMs(run), query, cpu };
  }

  #silentMs({ runLog }: GameRun): number {
    return this.parts.clock.now() - runLog.lastOutputAt;
  }

  get #dueMs(): number {
    const { aloneMs = Infinity, jointMs } = this.#rules;
    return Math.min(aloneMs, jointMs);
  }

  get #leadMs(): number {
    return this.#dueMs / 2;
  }

  /** Half a silence more, and never past the moment at which silence alone is enough. */
  #untilLook(silentMs: number): number {
    const { aloneMs = 0 } = this.#rules;
    const next = Math.max(this.#dueMs - silentMs, this.#leadMs);
    return aloneMs > silentMs ? Math.min(next, aloneMs - silentMs) : next;
  }
}
