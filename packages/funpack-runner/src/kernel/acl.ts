/**
 * Access lists as the kernel keeps them in the attributes `system.posix_acl_access` and `…_default`, and as the text
 * that GNU tar and libarchive put into `SCHILY.acl.access` and `.default`, here with numbers for users and groups.
 */
const tags = [
  { tag: 0x01, word: 'user', hasId: false },
  { tag: 0x02, word: 'user', hasId: true },
  { tag: 0x04, word: 'group', hasId: false },
  { tag: 0x08, word: 'group', hasId: true },
  { tag: 0x10, word: 'mask', hasId: false },
  { tag: 0x20, word: 'other', hasId: false },
] as const;

const version = 2;
const headBytes = 4;
const entryBytes = 8;
const noId = 0xffff_ffff;

/** The text of a list. Undefined if the bytes are of another version. */
export function aclText(bytes: Buffer): string | undefined {
  if (bytes.length < headBytes || (bytes.length - headBytes) % entryBytes !== 0) return undefined;
  if (bytes.readUInt32LE(0) !== version) return undefined;
  const entries: string[] = [];
  for (let at = headBytes; at < bytes.length; at += entryBytes) {
    const kind = tags.find(({ tag }) => tag === bytes.readUInt16LE(at));
    if (!kind) return undefined;
    const mode = bytes.readUInt16LE(at + 2);
    const rights = `${mode & 4 ? 'r' : '-'}${mode & 2 ? 'w' : '-'}${mode & 1 ? 'x' : '-'}`;
    entries.push(`${kind.word}:${kind.hasId ? bytes.readUInt32LE(at + 4) : ''}:${rights}`);
  }
  return entries.join(',');
}

/**
 * The bytes of a list. Undefined if the text is not one, or names a user by a name only: names differ between machines.
 */
export function aclBytes(text: string): Buffer | undefined {
  const entries = text.split(/[,\n]/).map((entry) => entry.trim()).filter((entry) => entry !== '').map(entryOf);
  if (entries.length === 0 || entries.some((entry) => entry === undefined)) return undefined;
  const head = Buffer.alloc(headBytes);
  head.writeUInt32LE(version);
  return Buffer.concat([head, ...entries.filter((entry) => entry !== undefined)]);
}

/** `user:1000:rwx`, or `user:alice:rwx:1000` as libarchive writes it. */
function entryOf(text: string): Buffer | undefined {
  const [word = '', name = '', rights = '', number = ''] = text.split(':');
  const kind = tags.find((one) => one.word === word && one.hasId === (name !== ''));
  const id = [number, name].find((part) => /^\d{1,10}$/.test(part));
  if (!kind || (kind.hasId && id === undefined) || !/^[r-][w-][x-]$/.test(rights)) return undefined;
  const entry = Buffer.alloc(entryBytes);
  entry.writeUInt16LE(kind.tag, 0);
  entry.writeUInt16LE((rights[0] === 'r' ? 4 : 0) | (rights[1] === 'w' ? 2 : 0) | (rights[2] === 'x' ? 1 : 0), 2);
  entry.writeUInt32LE(kind.hasId ? Number(id) % 2 ** 32 : noId, 4);
  return entry;
}
