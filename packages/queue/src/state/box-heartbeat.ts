import { Lifetime, messageOf, type Heartbeat, type LongLived } from '@pinky/protocol';
import type { BoxOwner } from '../owner/box-owner.js';
import { FencedScript } from '../owner/fenced-script.js';
import type { RedisContext } from '../redis/redis-context.js';
import { levelOf } from '../redis/trouble.js';
import { freeDiskMb, freeRamMb, IdleCpu } from './machine-figures.js';

export interface BoxHeartbeatOptions extends RedisContext {
  /** Between two beats, milliseconds: 10 s by default. The key expires after three of them. */
  readonly intervalMs: () => number;
  readonly owner: Pick<BoxOwner, 'signature'>;
  /** The supervisor's pid, where one runs. */
  readonly supervisorPid: () => number | undefined;
  readonly serversDir: () => string;
  readonly version: () => string;
  readonly runningServers: () => number;
  /** Done at every beat, whether Redis is there or not. */
  readonly also: () => Promise<void>;
}

/**
 * KEYS heartbeat. ARGV our beat, its life in ms, our place. Returns the beat that was there where another box wrote it:
 * a version that knows no owner takes no notice of our claim.
 */
const writeBeat = new FencedScript(`
local before = redis.call('GET', KEYS[1])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
if not before then return false end
local ok, beat = pcall(cjson.decode, before)
if ok and type(beat) == 'table' and beat.place == ARGV[3] then return false end
return before`);

/** Writes `pinky:<box>:heartbeat` regularly: the box lives, and has this much room. */
export class BoxHeartbeat implements LongLived {
  readonly #idleCpu = new IdleCpu();
  readonly #life = new Lifetime({ begin: (signal) => this.#life.add(this.#beat(signal)) });

  #hasBeaten = false;
  #wasContested = false;

  constructor(private readonly options: BoxHeartbeatOptions) {}

  start(signal?: AbortSignal): void {
    void this.#life.start(signal);
  }

  stop(): Promise<void> {
    return this.#life.stop();
  }

  async #beat(signal: AbortSignal): Promise<void> {
    const { redis, clock, intervalMs, also } = this.options;
    // A Redis that is new, or back, has no beat yet.
    const off = redis.onReady(() => this.#life.add(this.#write()));
    while (!signal.aborted) {
      await Promise.all([redis.isReady ? this.#write() : undefined, also()]);
      await clock.rest(intervalMs(), signal);
    }
    off();
  }

  async #write(): Promise<void> {
    const { redis, keys, intervalMs, logger, runningServers, version, serversDir, owner, supervisorPid } = this.options;
    try {
      const [disk, ram] = await Promise.all([freeDiskMb(serversDir()), freeRamMb()]);
      const supervisor = supervisorPid();
      const figures: Heartbeat = {
        freeDiskMb: disk,
        freeRamMb: ram,
        idleCpu: this.#idleCpu.percent(),
        servers: runningServers(),
        version: version(),
        ...owner.signature,
        ...(supervisor !== undefined && { supervisor }),
      };
      const args = [JSON.stringify(figures), 3 * intervalMs(), owner.signature.place];
      const foreign = await redis.write('heartbeat', (fenced) => writeBeat.run(fenced, [keys.heartbeat], args));
      this.#isContested(foreign !== null);
    } catch (error) {
      if (redis.isReady) logger[levelOf(error, 'warn')]({ event: 'heartbeat.failed', because: messageOf(error) });
    }
  }

  /** Said once: two boxes with one name take each other's commands. An earlier version may have written the first. */
  #isContested(isForeign: boolean): void {
    const isNews = isForeign && this.#hasBeaten && !this.#wasContested;
    this.#hasBeaten = true;
    if (!isNews) return;
    this.#wasContested = true;
    this.options.logger.error({ event: 'box.contested', because: 'another box writes the heartbeat of this one' });
  }
}
