import type { ChildFailure } from '@pinky/box';
import { fromErrorAnswer, readRedisDamage, type PinkyError } from '@pinky/protocol';
import type { SeenChild } from '../talk/supervisor.js';

type Failing = Pick<SeenChild, 'role' | 'serverId'> & { readonly failure: ChildFailure };

/** One end may be a matter of the moment. */
const fewTimes = 2;

/** The children that end again and again. A Redis whose fault was found in its data is told of elsewhere. */
export function failingChildren(home: string, children: readonly SeenChild[]): Failing[] {
  const isTold = (role: SeenChild['role']): boolean =>
    role === 'redis' && readRedisDamage(home)?.stuck !== undefined;
  return children.flatMap(({ role, serverId, failure }) => {
    const isFailing = failure !== undefined && failure.times >= fewTimes && !isTold(role);
    return isFailing ? [{ role, failure, ...(serverId !== undefined && { serverId }) }] : [];
  });
}

export const failureOf = (children: readonly SeenChild[], role: SeenChild['role']): ChildFailure | undefined =>
  children.find((child) => child.role === role)?.failure;

/** For example `the queue cannot start, 5 times by now: log is a file`. */
export const failureText = ({ role, serverId, failure: { times, message } }: Failing): string =>
  `${namesOf[role] ?? `the ${role}`}${serverId === undefined ? '' : ` of ${serverId}`} cannot start, ` +
  `${times} times by now: ${message}`;

const namesOf: Readonly<Partial<Record<SeenChild['role'], string>>> = {
  redis: 'redis-server',
  api: 'the API',
  webhooks: 'the process of the webhooks',
};

export const failureRemedy = ({ remedy, log }: ChildFailure): string => remedy ?? `read ${log}`;

export const failureNotes = (home: string, children: readonly SeenChild[]): string[] =>
  failingChildren(home, children).map((child) =>
    `${failureText(child)}; ${failureRemedy(child.failure)}. It is tried again by itself, and games keep running`);

/** The error of whoever needs a queue that cannot start. The box goes on trying. */
export const queueFails = (failure: ChildFailure): PinkyError => fromErrorAnswer({
  code: failure.code ?? 'internal',
  message: failureText({ role: 'queue', failure }),
  remedy: `${failure.remedy ?? `read ${failure.log}`}; the box tries again by itself, and \`pinky down\` ends it`,
});
