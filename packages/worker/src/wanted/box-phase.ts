import { hasFields, PinkyError, type Link } from '@pinky/protocol';

/** How long the supervisor may take to say what it does, milliseconds. */
const askMs = 2_000;

/**
 * Whether the whole box ends, so that its servers come back with it. The supervisor knows. If there is none, or it
 * does not answer, nobody asked for this server alone.
 */
export async function isBoxEnding(supervisor: Pick<Link, 'request'>): Promise<boolean> {
  const phase = await askFor(supervisor, 'phase').catch(() => undefined);
  return phase !== 'running' && phase !== 'detaching';
}

/** A supervisor of an older version tells its phase only with everything else. */
async function askFor(supervisor: Pick<Link, 'request'>, method: 'phase' | 'ps'): Promise<unknown> {
  try {
    const answer = await supervisor.request(method, {}, { deadlineMs: askMs });
    return hasFields(answer, { phase: 'string' }) ? answer.phase : undefined;
  } catch (error) {
    const isOlder = error instanceof PinkyError && error.code === 'unsupported' && method === 'phase';
    if (isOlder) return askFor(supervisor, 'ps');
    throw error;
  }
}
