import type { Redis } from 'ioredis';
import { PinkyError, redisKeys, toErrorAnswer, type BoxFetch } from '@pinky/protocol';
import { parseFailure } from '../commands/failure.js';
import { inFlight, type BoxChange, type Distribution } from './distribution.js';
import { fetchJobKey, waveJobKey } from './flows.js';

/** The news of the boxes that have something under way, and the waves that Redis lacks. */
export interface Seen {
  readonly changes: ReadonlyMap<string, BoxChange>;
  /** Waves whose flow is not there although a box of it has no outcome: it is to be added. */
  readonly lacking: readonly number[];
}

/** The fields of a job that BullMQ keeps in its hash. */
const jobFields = ['name', 'progress', 'atm', 'failedReason', 'returnvalue', 'finishedOn'] as const;
type JobFields = Partial<Record<(typeof jobFields)[number], string>>;

/** The facts about one box. */
interface BoxFacts {
  readonly job: JobFields;
  /** Somebody has it in hand. */
  readonly isLocked: boolean;
  /** The box has a heartbeat. */
  readonly isThere: boolean;
  /** The flow of its wave has been added, and its parent is still there. */
  readonly isAdded: boolean;
  /** Its answer or failure, as the parent keeps it for as long as the wave lasts. */
  readonly answer?: string;
  readonly failure?: string;
}

/** Looks at every box of a distribution that has something under way, in one step. `box` is our own name. */
export async function lookAt(client: Redis, box: string, one: Distribution): Promise<Seen> {
  const open = inFlight(one);
  const waves = [...new Set(open.flatMap(({ wave }) => wave ?? []))];
  const looks = client.multi();
  for (const each of open) {
    const key = fetchJobKey(each.box, one.id);
    looks.hmget(key, ...jobFields).exists(`${key}:lock`).exists(redisKeys(each.box).heartbeat);
  }
  for (const wave of waves) {
    const key = waveJobKey(box, one.id, wave);
    looks.exists(key).hgetall(`${key}:processed`).hgetall(`${key}:failed`);
  }
  const replies = ((await looks.exec()) ?? []).map(([error, reply]) => {
    if (error) throw error;
    return reply;
  });
  const parents = new Map(waves.map((wave, i) => [wave, parentOf(replies.slice((open.length + i) * 3))]));
  const facts = open.map((each, i) => ({ each, facts: factsOf(one, each, replies.slice(i * 3), parents) }));
  return {
    changes: new Map(facts.flatMap(({ each, facts: of }) => {
      const change = changeOf(one, each, of);
      return change ? [[each.box, change] as const] : [];
    })),
    lacking: waves.filter((wave) => facts.some(({ each, facts: of }) => each.wave === wave && isLacking(of))),
  };
}

interface Parent {
  readonly isThere: boolean;
  readonly processed: Readonly<Record<string, string>>;
  readonly failed: Readonly<Record<string, string>>;
}

// The replies have the shape of the commands above.
const parentOf = ([isThere, processed, failed]: readonly unknown[]): Parent =>
  ({ isThere: isThere === 1, processed: processed as Parent['processed'], failed: failed as Parent['failed'] });

function factsOf(
  { id }: Distribution,
  { box, wave }: BoxFetch,
  [values, isLocked, isThere]: readonly unknown[],
  parents: ReadonlyMap<number, Parent>,
): BoxFacts {
  const texts = values as readonly (string | null)[]; // as HMGET answers
  const job = Object.fromEntries(jobFields.flatMap((field, i) => (texts[i] == null ? [] : [[field, texts[i]]])));
  const key = fetchJobKey(box, id);
  const parent = parents.get(wave ?? 0);
  // A parent that somebody has removed keeps nothing; then the job itself still says it for a while.
  const isFinished = job['finishedOn'] !== undefined;
  const answer = parent?.processed[key] ?? (isFinished ? job['returnvalue'] : undefined);
  const failure = parent?.failed[key] ?? (isFinished ? job['failedReason'] : undefined);
  return {
    job,
    isLocked: isLocked === 1,
    isThere: isThere === 1,
    isAdded: parent?.isThere === true,
    ...(answer !== undefined && { answer }),
    ...(failure !== undefined && { failure }),
  };
}

/** It has neither a job nor an outcome. */
const isGone = ({ job, answer, failure }: BoxFacts): boolean =>
  job.name === undefined && answer === undefined && failure === undefined;

const isLacking = (facts: BoxFacts): boolean => isGone(facts) && !facts.isAdded;

function changeOf(one: Distribution, before: BoxFetch, facts: BoxFacts): BoxChange | undefined {
  const { answer, failure, job } = facts;
  if (answer !== undefined) return { state: 'done', ...digestIn(answer) };
  if (failure !== undefined) return { state: 'failed', error: errorIn(failure) };
  if (isGone(facts) && one.state === 'cancelled') return { state: 'skipped' };
  if (isGone(facts) && facts.isAdded) return { state: 'failed', error: removed(before.box) };
  const progress = progressIn(job.progress);
  const change: BoxChange = {
    state: stateOf(facts),
    ...(progress && { progress }),
    ...(job.failedReason !== undefined && { error: errorIn(job.failedReason) }),
  };
  const { box: _box, since: _since, wave: _wave, ...same } = before;
  return JSON.stringify(same) === JSON.stringify(change) ? undefined : change;
}

/** A box without a heartbeat works at nothing, whatever lock it has left behind. */
function stateOf({ job, isLocked, isThere }: BoxFacts): BoxFetch['state'] {
  if (!isThere) return 'away';
  if (isLocked) return 'fetching';
  return Number(job.atm ?? 0) > 0 ? 'retrying' : 'queued';
}

const removed = (box: string): NonNullable<BoxFetch['error']> =>
  toErrorAnswer(new PinkyError('cancelled', `somebody has removed its job from the queue ${redisKeys(box).queue}`));

function errorIn(failedReason: string): NonNullable<BoxFetch['error']> {
  const { code, message, remedy } = parseFailure(failedReason);
  return { code, message, remedy };
}

/** The answer of a `fetch`: its digest is the archive's SHA-256. */
function digestIn(answer: string): Pick<BoxChange, 'sha256'> {
  const digest = (parsed(answer) as { funpack?: { digest?: unknown } } | undefined)?.funpack?.digest;
  return typeof digest === 'string' ? { sha256: digest } : {};
}

function progressIn(text: string | undefined): BoxFetch['progress'] {
  const value = text === undefined ? undefined : parsed(text);
  if (typeof value !== 'object' || value === null || !('phase' in value) || !('bytes' in value)) return undefined;
  const totalBytes = 'totalBytes' in value ? Number(value.totalBytes) : undefined;
  return {
    phase: String(value.phase),
    bytes: Number(value.bytes),
    ...(totalBytes !== undefined && { totalBytes }),
  };
}

/** Undefined for what is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
