import { badTar } from './tar-header.js';

/**
 * The records of a pax extended header: `<length> <key>=<value>\n`. The length is that of the whole record, in bytes.
 * Throws `bad_archive`.
 */
export function parsePax(content: Buffer): Readonly<Record<string, string>> {
  const records: [string, string][] = [];
  for (let at = 0; at < content.length;) {
    const blank = content.indexOf(0x20, at);
    const length = blank > at ? Number(content.toString('latin1', at, blank)) : NaN;
    const end = at + length;
    if (!Number.isSafeInteger(length) || end > content.length || end <= blank || content[end - 1] !== 0x0a) {
      throw badTar('an extended header is malformed');
    }
    const [key, value] = halves(content.toString('utf8', blank + 1, end - 1));
    records.push([key, value]);
    at = end;
  }
  return Object.fromEntries(records);
}

/** One record. Its length counts its own digits. */
export function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.from(` ${key}=${value}\n`);
  let length = rest.length + 1;
  while (length !== rest.length + String(length).length) length = rest.length + String(length).length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function halves(record: string): [string, string] {
  const at = record.indexOf('=');
  if (at <= 0) throw badTar('an extended header is malformed');
  return [record.slice(0, at), record.slice(at + 1)];
}
