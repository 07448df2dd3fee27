import { aclBytes, aclText } from '../kernel/acl.js';

const accessLists = {
  'SCHILY.acl.access': 'system.posix_acl_access',
  'SCHILY.acl.default': 'system.posix_acl_default',
} as const;

/** The attributes that an entry's pax records name, by the kernel's names. */
export function attributesIn(values: ReadonlyMap<string, string>): Map<string, Buffer> {
  if (!hasAttributes(values)) return new Map();
  const attributes = new Map<string, Buffer>();
  for (const [key, value] of values) {
    const [, inText, inBase64] = /^(?:SCHILY\.xattr\.(.+)|LIBARCHIVE\.xattr\.(.+))$/s.exec(key) ?? [];
    if (inText !== undefined) attributes.set(withoutEscapes(inText), Buffer.from(value, 'latin1'));
    else if (inBase64 !== undefined && !attributes.has(withoutEscapes(inBase64))) {
      attributes.set(withoutEscapes(inBase64), Buffer.from(value, 'base64'));
    }
  }
  for (const [key, name] of Object.entries(accessLists)) {
    const bytes = aclBytes(values.get(key) ?? '');
    if (bytes) attributes.set(name, bytes);
  }
  return attributes;
}

/** Most entries have none, so that is told by the first letters. */
function hasAttributes(values: ReadonlyMap<string, string>): boolean {
  for (const key of values.keys()) if (key.startsWith('SCHILY.') || key.startsWith('LIBARCHIVE.')) return true;
  return false;
}

/** The pax keys and values of attributes, as GNU tar and libarchive read them. */
export function recordsOf(attributes: ReadonlyMap<string, Buffer>): [key: string, value: string][] {
  return [...attributes].map(([name, bytes]) => {
    const list = Object.entries(accessLists).find(([, one]) => one === name);
    const text = list && aclText(bytes);
    return list && text !== undefined
      ? [list[0], text]
      : [`SCHILY.xattr.${withEscapes(name)}`, bytes.toString('latin1')];
  });
}

/** A key ends at its first `=`, so GNU tar writes that as `%3D`, and `%` as `%25`. libarchive escapes more of them. */
const withEscapes = (name: string): string => name.replace(/%/g, '%25').replace(/=/g, '%3D');
const withoutEscapes = (name: string): string =>
  name.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
