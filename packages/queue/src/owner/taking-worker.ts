import { Worker, type Job, type JobJson, type WorkerOptions } from 'bullmq';
import { messageOf } from '@pinky/protocol';
import { refusalOf } from '../redis/trouble.js';
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

  /**
   * BullMQ plans a scheduler's next run before it hands a job over. It keeps the job to itself if that goes wrong, so
   * nobody would ever answer it, as with a `repeatJobKey` that a producer has set by hand. Here the job comes all the
   * same, to be failed.
   */
  protected override async nextJobFromJobData(jobData?: JobJson, jobId?: string, token?: string): Promise<Job> {
    let failure: Error | undefined;
    const hear = (error: Error): void => void (failure = error);
    this.on('error', hear);
    // The cast holds: BullMQ answers nothing where there is no job, whatever its type says.
    const taken = (await super.nextJobFromJobData(jobData, jobId, token).finally(() => this.off('error', hear))) as
      Job | undefined;
    if (taken || !jobData || jobId === undefined || isOfRedis(failure)) return taken as Job; // the same cast
    const job = this.createJob(jobData, jobId);
    if (token !== undefined) job.token = token;
    job.deferredFailure ??= unplanned(job, failure);
    return job;
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

/** BullMQ tells a failure by its words alone. */
const bullMqSays = /^Failed to add repeatable job for next iteration: /;

/** Redis refuses such writes for now, so the job can be taken again later. */
function isOfRedis(failure: Error | undefined): boolean {
  if (!failure) return false;
  const reply = new Error(failure.message.replace(bullMqSays, ''));
  reply.name = 'ReplyError';
  return refusalOf(reply) !== undefined;
}

function unplanned({ repeatJobKey, opts }: Job, failure: Error | undefined): string {
  const shown = (value: unknown): string => JSON.stringify(value)?.slice(0, 80) ?? 'absent';
  const given: unknown = 'repeat' in opts ? opts.repeat : undefined;
  const repeat = shown(given);
  const said = failure ? messageOf(failure).replace(bullMqSays, '') : 'BullMQ does not say why';
  const because = typeof given === 'object' && given !== null ? said : 'that must hold pattern or every';
  return (
    `its option repeatJobKey is ${shown(repeatJobKey)}, which names a job scheduler, and no next run can be planned ` +
    `by its option repeat (${repeat}): ${because}; only upsertJobScheduler() sets the two`
  );
}
