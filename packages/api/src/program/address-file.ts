import { realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { boxPaths, hasFields, makeDir, readJsonObject } from '@pinky/protocol';
import { identify, isAlive, type ProcessIdentity } from '@pinky/supervisor/identity';

/** Where the API of a home listens. */
export interface ApiAddress {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly pid: number;
}

interface Written extends ApiAddress {
  /** A copy of the home has the file too. Absent in those of an older version. */
  readonly home?: string;
  readonly startTime: string;
  readonly bootId: string;
}

export function writeAddress(home: string, address: Omit<ApiAddress, 'pid'>): void {
  const { apiDir, apiAddress } = boxPaths(home);
  makeDir(apiDir);
  const draft = `${apiAddress}.${process.pid}`;
  const written = { ...address, ...identify(process.pid), home: realpathSync(home) };
  writeFileSync(draft, JSON.stringify(written), { mode: 0o600 });
  renameSync(draft, apiAddress);
}

export const removeAddress = (home: string): void => rmSync(boxPaths(home).apiAddress, { force: true });

const fields = {
  url: 'string',
  host: 'string',
  port: 'number',
  pid: 'number',
  startTime: 'string',
  bootId: 'string',
} as const;

/** Undefined while no API listens. A file that a killed one left behind means nothing. */
export function readAddress(home: string): ApiAddress | undefined {
  const value = readJsonObject(boxPaths(home).apiAddress);
  if (!hasFields(value, fields)) return undefined;
  // `hasFields` looked at each field
  const { startTime, bootId, home: of = realpathSync(home), ...address } = value as unknown as Written;
  const identity: ProcessIdentity = { pid: address.pid, startTime, bootId };
  return isAlive(identity) && of === realpathSync(home) ? address : undefined;
}
