/** Names of children in the tree. The name of a worker contains the id of its server. */
export const queueName = 'queue';
export const redisName = 'redis';
export const apiName = 'api';
export const webhooksName = 'webhooks';
/** Nothing depends on these: nobody waits for them, and one that hangs is no trouble of the box. */
const besideNames: readonly string[] = [apiName, webhooksName];
export const isBeside = (name: string): boolean => besideNames.includes(name);
export const workerName = (serverId: string): string => `worker-${serverId}`;
export const serverIdOf = (name: string): string | undefined =>
  name.startsWith('worker-') ? name.slice('worker-'.length) : undefined;

/** A worker that was started beside the old one, which it is to replace. */
export const successorName = (serverId: string): string => `successor-${serverId}`;

/** The children that share a log with this one, itself among them. Only for a worker or a successor. */
export const logSharersOf = (name: string): readonly string[] => {
  const serverId = name.replace(/^(worker|successor)-/, '');
  return [workerName(serverId), successorName(serverId)];
};

/** The name of its log: a successor writes to that of the worker which it is to replace. */
export const logNameOf = (name: string): string =>
  `${name.replace(/^successor-/, 'worker-')}.log`;
