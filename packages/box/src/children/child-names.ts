/** Names of children in the tree. The name of a worker contains the id of its server. */
export const queueName = 'queue';
export const redisName = 'redis';
export const apiName = 'api';
export const workerName = (serverId: string): string => `worker-${serverId}`;
export const serverIdOf = (name: string): string | undefined =>
  name.startsWith('worker-') ? name.slice('worker-'.length) : undefined;

/** A worker that was started beside the old one, which it is to replace. */
export const successorName = (serverId: string): string => `successor-${serverId}`;
