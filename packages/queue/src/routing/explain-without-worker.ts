import type { ExplainResult, ServerStatus } from '@pinky/protocol';

/** The answer to `explain` about a server without a worker. */
export function explainWithoutWorker(
  serverId: string,
  isExpected: boolean,
  last: ServerStatus | undefined,
): ExplainResult & { readonly last?: ServerStatus } {
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
