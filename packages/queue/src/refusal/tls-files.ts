import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { messageOf, PinkyError, type BoxConfig } from '@pinky/protocol';

/** The present content of the files that `redis_tls` names, in the spelling of Node's `tls.connect`. */
export interface TlsFiles {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/**
 * Reads the files of `redis_tls`. Throws `bad_option`, which names option and file, for a file that cannot be read or
 * does not hold what it should: OpenSSL skips such a file in silence, and then blames the server.
 */
export function readTlsFiles({ ca, cert, key }: NonNullable<BoxConfig['redisTls']>): TlsFiles {
  const [authorities, own] = [certificatesIn('redis_tls.ca', ca), certificatesIn('redis_tls.cert', cert)];
  const secret = keyIn(key);
  if (own && secret && !own.first.checkPrivateKey(secret.key)) {
    throw new PinkyError('bad_option', `redis_tls.key: ${key} is not the key of the certificate in ${cert}`);
  }
  return {
    ...(authorities && { ca: authorities.text }),
    ...(own && { cert: own.text }),
    ...(secret && { key: secret.text }),
  };
}

const wholeCertificates = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

function certificatesIn(option: string, file: string | undefined) {
  if (file === undefined) return undefined;
  const text = textOf(option, file);
  try {
    const [first] = (text.match(wholeCertificates) ?? []).map((each) => new X509Certificate(each));
    if (first) return { text, first };
  } catch (cause) {
    throw new PinkyError('bad_option', `${option}: ${file} holds a bad certificate: ${messageOf(cause)}`, { cause });
  }
  throw new PinkyError('bad_option', `${option}: ${file} holds no certificate in PEM`);
}

function keyIn(file: string | undefined): { readonly text: string; readonly key: KeyObject } | undefined {
  if (file === undefined) return undefined;
  const text = textOf('redis_tls.key', file);
  try {
    return { text, key: createPrivateKey(text) };
  } catch (cause) {
    const isEncrypted = /BEGIN ENCRYPTED|Proc-Type:.*ENCRYPTED/.test(text);
    const why = isEncrypted ? 'is encrypted, and nobody can type its passphrase here' : 'holds no private key in PEM';
    throw new PinkyError('bad_option', `redis_tls.key: ${file} ${why}`, { cause });
  }
}

function textOf(option: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new PinkyError('bad_option', `${option}: ${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
