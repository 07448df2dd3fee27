import type { ExplainResult, ServerStatus } from '@pinky/protocol';

/** The answer to `explain` about a server without a worker. `obstacle`: why its commands wait for one. */
export function explainWithoutWorker(
  serverId: string,
  isExpected: boolean,
  last: ServerStatus | undefined,
  obstacle: string | undefined,
): ExplainResult & { readonly last?: ServerStatus } {
  if (obstacle !== undefined) {
    return {
      serverId,
      state: last?.state ?? 'down',
      ...(last && { since: last.since, last }),
      because: 'a command waits for its worker',
      waits: obstacle,
      next: 'the supervisor is asked for a worker every second',
    };
  }
  if (isExpected) {
    return {
      serverId,
      state: last?.state ?? 'unknown',
      ...(last && { since: last.since, last }),
      because: 'its worker is away',
      next: 'the supervisor starts a worker, which takes the server over',
    };
  }
  if (!last) return { serverId, state: 'down', because: 'it was not started since this queue began' };
  return {
    serverId,
    state: 'down',
    since: last.since,
    because: last.because ?? 'it was stopped',
    last,
  };
}
