import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { errnoOf, PinkyError } from '@pinky/protocol/base';

/** The systems' bundles of root certificates: Debian, Fedora, OpenSUSE, Alpine. Go looks at the same places. */
const bundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
] as const;
const certificate = /-----BEGIN CERTIFICATE-----/;
const wholeCertificates = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** The private file comes from the command line alone. */
const remedy = 'correct `--ca`: it names a file of certificates in PEM';

/**
 * The certificates that vouch for a server: those that Node brings along, those of this system, and a private one. As
 * everywhere, `SSL_CERT_FILE` and `SSL_CERT_DIR` stand for the system's own, and `NODE_EXTRA_CA_CERTS` adds to Node's.
 * A private file that cannot be read, or holds no certificate: `bad_option`.
 */
export function trustedRoots(privateFile?: string, env: NodeJS.ProcessEnv = process.env): SecureContext {
  const extra = env['NODE_EXTRA_CA_CERTS'];
  const ca = [
    ...rootCertificates,
    ...ofSystem(env),
    ...(extra === undefined ? [] : readable([extra])),
    ...(privateFile === undefined ? [] : [ofFile(privateFile)]),
  ];
  return createSecureContext({ ca });
}

function ofSystem({ SSL_CERT_FILE: file, SSL_CERT_DIR: folder }: NodeJS.ProcessEnv): readonly string[] {
  const files = file === undefined ? readable(bundles).slice(0, 1) : readable([file]);
  return folder === undefined ? files : [...files, ...readable(namesIn(folder))];
}

function namesIn(folders: string): readonly string[] {
  return folders.split(':').flatMap((folder) => {
    try {
      return readdirSync(folder).map((name) => join(folder, name));
    } catch {
      return []; // a folder that is not there vouches for nobody
    }
  });
}

/** The texts of those files that are there and hold a certificate. */
function readable(files: readonly string[]): readonly string[] {
  return files.flatMap((file) => {
    try {
      const text = readFileSync(file, 'utf8');
      return certificate.test(text) ? [text] : [];
    } catch {
      return [];
    }
  });
}

function ofFile(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new PinkyError('bad_option', `${file} cannot be read: ${errnoOf(cause) ?? String(cause)}`, { cause, remedy });
  }
  const certificates = text.match(wholeCertificates) ?? [];
  if (certificates.length === 0) throw new PinkyError('bad_option', `${file} holds no certificate in PEM`, { remedy });
  for (const each of certificates) assertCertificate(file, each);
  return text;
}

/** OpenSSL skips a broken certificate in silence. */
function assertCertificate(file: string, text: string): void {
  try {
    new X509Certificate(text);
  } catch (cause) {
    throw new PinkyError('bad_option', `${file} holds a bad certificate: ${String(cause)}`, { cause, remedy });
  }
}
