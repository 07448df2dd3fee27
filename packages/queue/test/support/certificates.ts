import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The files of an authority of a test's own, of a server that it signed, and of a client. */
export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Makes an authority and a certificate for `redis.test`, which servers and clients show. */
export function makeCertificates(dir: string, days = '2'): Certificates {
  const file = (name: string): string => join(dir, name);
  const openssl = (...args: readonly string[]): unknown => execFileSync('openssl', args, { stdio: 'pipe' });
  const [ca, cert, key] = [file('ca.crt'), file('redis.crt'), file('redis.key')];
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const own = ['-x509', '-subj', '/CN=Test authority', '-days', '2'];
  openssl('req', ...own, ...newKey, '-keyout', file('ca.key'), '-out', ca);
  openssl('req', ...newKey, '-keyout', key, '-out', file('redis.csr'), '-subj', '/CN=redis.test');
  writeFileSync(file('names'), 'subjectAltName=DNS:redis.test\n');
  const signing = ['-CA', ca, '-CAkey', file('ca.key'), '-CAcreateserial', '-extfile', file('names'), '-days', days];
  openssl('x509', '-req', '-in', file('redis.csr'), ...signing, '-out', cert);
  return { ca, cert, key };
}
