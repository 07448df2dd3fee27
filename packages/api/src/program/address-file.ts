import { renameSync, rmSync, writeFileSync } from 'node:fs';
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
  readonly startTime: string;
  readonly bootId: string;
}

export function writeAddress(home: string, address: Omit<ApiAddress, 'pid'>): void {
  const { apiDir, apiAddress } = boxPaths(home);
  makeDir(apiDir);
  const draft = `${apiAddress}.${process.pid}`;
  writeFileSync(draft, JSON.stringify({ ...address, ...identify(process.pid) }), { mode: 0o600 });
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
  const { startTime, bootId, ...address } = value as unknown as Written; // `hasFields` looked at each field
  const identity: ProcessIdentity = { pid: address.pid, startTime, bootId };
  return isAlive(identity) ? address : undefined;
}
