import { createHash } from 'node:crypto';
import { hostname } from 'node:os';

/** How the tokens of this box's job locks begin: the same for every queue process of a home, and for no other home. */
export interface JobLocks {
  readonly owner: string;
  /** As an earlier version of this home wrote them: an upgrade takes up the jobs that it had in hand. */
  readonly earlier: string;
}

const hashed = (text: string): string => `pinky-${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;

export const jobLocks = (home: string, identity: string): JobLocks => ({
  owner: hashed(identity),
  earlier: hashed(`${hostname()}\0${home}`),
});
