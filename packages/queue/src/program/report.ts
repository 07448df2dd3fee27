import { rmSync, writeFileSync } from 'node:fs';

/**
 * Writes stacks, heap figures and open handles to `/tmp/sigdump-<pid>.log`, as ServerEngine does on CONT. Node's own
 * report has them all. The report's environment is left out, because it may hold secrets. Anybody may write to /tmp, so
 * whatever has that name already, such as a planted link, is removed and never written through.
 */
export function writeReport(path: string, facts: Record<string, unknown>): void {
  // Its type is wrong: it is an object.
  const { environmentVariables: _secret, ...report } = (process.report?.getReport() ?? {}) as unknown as Record<
    string,
    unknown
  >;
  rmSync(path, { force: true });
  writeFileSync(
    path,
    `${JSON.stringify(
      {
        ts: new Date().toISOString(),
        facts,
        active: process.getActiveResourcesInfo(),
        memory: process.memoryUsage(),
        report,
      },
      null,
      2,
    )}\n`,
    { mode: 0o600, flag: 'wx' },
  );
}
