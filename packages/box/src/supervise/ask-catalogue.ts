import type { BoxConfig, CatalogueAnswer, CatalogueAsk, RequestContext } from '@pinky/protocol';

/** Has a funpack-runner answer a question about backups. */
export async function askCatalogue(
  { backups, home }: BoxConfig,
  ask: CatalogueAsk,
  { progress, deadlineMs }: Pick<RequestContext, 'progress' | 'deadlineMs'>,
): Promise<CatalogueAnswer> {
  // loaded late, so that the start of the box does not wait for it
  const { runTask } = await import('@pinky/funpack-runner/light');
  return runTask(
    { type: 'catalogue', backupsDir: backups, boxHome: home, ask },
    { serverId: ask.data.serverId ?? 'all', onProgress: progress, timeLimitMs: deadlineMs },
  );
}
