import { Worker, type Job, type WorkerOptions } from 'bullmq';
import type { Fence } from './fenced-script.js';

/** The things that are looked at behind each take. */
export interface TakeLook {
  /** The key of the box's state. */
  readonly boxState: string;
  /** The claim that the box has now. Undefined while it has none. */
  readonly fence: () => Fence | undefined;
}

/** The things that Redis saw right after a job was taken. */
interface SeenAtTake {
  readonly id: string;
  readonly isDown: boolean;
}

/**
 * KEYS the list of active jobs, the box's state, its owner. ARGV the start of the queue's keys, the token of the take,
 * our claim. Answers the id of the job and the state, or nothing if the box is another's or the take did not come
 * first: the newest active job has our lock only after it.
 */
export const lookAtTakeLua = `
if redis.call('HGET', KEYS[3], 'claim') ~= ARGV[3] then return false end
local id = redis.call('LINDEX', KEYS[1], 0)
if not id or redis.call('GET', ARGV[1] .. id .. ':lock') ~= ARGV[2] then return false end
return { id, redis.call('GET', KEYS[2]) or '' }`;
const look = 'pinkyLookAtTake';

/**
 * BullMQ's worker, which also asks whether the box is still ours and not down whenever it takes a job. BullMQ's script
 * knows no owner, so that has to be asked after the take; asked on the same connection in the same turn, it costs no
 * further way to Redis and back.
 */
export class TakingWorker extends Worker {
  #seen: Promise<SeenAtTake | undefined> = Promise.resolve(undefined);
  #isDefined = false;

  constructor(queue: string, options: WorkerOptions, private readonly box: TakeLook) {
    super(queue, undefined, options);
  }

  /** Whether the box was down when this job was taken. Undefined if nobody has seen it, or it was another's. */
  async wasDownAtTake(id: string): Promise<boolean | undefined> {
    const seen = await this.#seen;
    return seen?.id === id ? seen.isDown : undefined;
  }

  protected override moveToActive(token: string, name?: string): Promise<Job> {
    const taking = super.moveToActive(token, name);
    this.#seen = this.#look(token).catch(() => undefined); // whoever takes the job asks again
    return taking;
  }

  async #look(token: string): Promise<SeenAtTake | undefined> {
    await new Promise((resolve) => process.nextTick(resolve)); // BullMQ sends the take only after some promises
    const { boxState, fence } = this.box;
    const now = fence();
    if (!now) return undefined;
    const client = await this.backend.client;
    if (!this.#isDefined) client.defineCommand(look, { numberOfKeys: 3, lua: lookAtTakeLua });
    this.#isDefined = true;
    const keys = [this.toKey('active'), boxState, now.key];
    const found: unknown = await client.runCommand(look, [...keys, this.toKey(''), token, now.claim]);
    if (!Array.isArray(found)) return undefined;
    const [id, state] = found as readonly string[];
    return { id: String(id), isDown: state === 'down' };
  }
}
