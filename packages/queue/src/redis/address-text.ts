import { PinkyError } from '@pinky/protocol';

/**
 * An address as people may see it: without user and password, however badly it is written. A password may hold any
 * sign that ends a part of an address, so everything before the last `@` counts as secret.
 */
export function maskedAddress(address: string): string {
  const text = address.replaceAll(/([?&][a-z_]*(?:password|user(?:name)?)=)[^&]*/gi, '$1…');
  const scheme = /^[a-z][a-z0-9+.-]*:(?:\/\/)?/i.exec(text)?.[0] ?? '';
  const at = text.lastIndexOf('@');
  if (at >= 0) return `${scheme}…${text.slice(at)}`;
  return text.startsWith(':', scheme.length) ? `${scheme}…` : text;
}

/** Foreign text, without the passwords, which must not appear in a log, an error or a title. */
export function withoutSecrets(
  text: string,
  { password, sentinelPassword }: { readonly password?: string; readonly sentinelPassword?: string },
): string {
  return [password, sentinelPassword]
    .flatMap((secret) => (secret === undefined || secret === '' ? [] : [secret, encodeURIComponent(secret)]))
    .reduce((shown, secret) => shown.replaceAll(secret, '…'), text);
}

/** A user, password or name of an address as it was meant. Throws `bad_option`, which repeats nothing of it. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw badAddress('a % in it is followed by no two hexadecimal digits');
  }
}

/** A database by its number; undefined where the text is empty. Throws `bad_option`. */
export function databaseOf(text: string): number | undefined {
  if (text === '') return undefined;
  if (!/^\d{1,5}$/.test(text)) throw badAddress('its database is not a number');
  return Number(text);
}

/**
 * The error about an address, with `why` in its details. Its sentence never repeats the address, because that may hold
 * a password.
 */
export const badAddress = (why: string): PinkyError =>
  new PinkyError(
    'bad_option',
    `redis: ${why}; use redis://[user:password@]host:port[/db], rediss://…, redis+sentinel://…, tcp:host:port or the ` +
      'path of a socket, and percent-encode special characters of a password (% is %25, @ is %40, # is %23)',
    { details: { why } },
  );
