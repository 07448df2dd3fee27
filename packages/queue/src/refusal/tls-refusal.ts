import { errnoOf } from '@pinky/protocol';

const docs = '(docs/redis.md, TLS)';
const notOurs = 'only who runs that Redis can';

/** Each way in which TLS fails: codes of OpenSSL and of Node (nodejs.org, "TLS"), and what to do about it. */
const remedies: readonly (readonly [RegExp, string])[] = [
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    'set `redis_tls: {server_name: …}` to a name of its certificate, or let `redis:` have such a host ' + docs,
  ],
  [/^CERT_HAS_EXPIRED$/, `renew its certificate (${notOurs}), or correct the clock of this machine`],
  [/^CERT_NOT_YET_VALID$/, 'correct the clock of this machine: the certificate is not valid yet'],
  [/^CERT_REVOKED$/, `let it have a new certificate (${notOurs}): its authority has revoked the present one`],
  [
    /CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE/, // in TLS 1.3, and before
    `name a certificate that it accepts, and its key, in \`redis_tls: {cert: …, key: …}\` ${docs}`,
  ],
  [
    /ALERT_(?:UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_\w+|UNSUPPORTED_CERTIFICATE|ACCESS_DENIED)/,
    `it refuses our certificate: name one that it accepts, and its key, in \`redis_tls: {cert: …, key: …}\` ${docs}`,
  ],
  [/VALUES_MISMATCH/, '`redis_tls.key` is not the key of `redis_tls.cert`: name the two files that belong together'],
  [
    /HANDSHAKE_TIMEOUT|WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|RECORD_TOO_SMALL/,
    'it does not speak TLS at this port: use redis:// instead of rediss://, or the port that has TLS (`tls-port`)',
  ],
  [/^ERR_REDIS_MUTE$/, 'check that it runs; if it has TLS at this port, use rediss:// instead of redis:// ' + docs],
  [
    /PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|NO_PROTOCOLS_AVAILABLE|VERSION_TOO_LOW/,
    `let it speak TLS 1.2 or later (its \`tls-protocols\`; ${notOurs})`,
  ],
  [/NO_SHARED_CIPHER|KEY_TOO_SMALL|MD_TOO_WEAK|DH_KEY/, `give it stronger keys and ciphers (${notOurs})`],
  [
    /SELF_SIGNED|UNABLE_TO_|^CERT_UNTRUSTED$|^INVALID_CA$|_SIGNATURE$/,
    `name the authority that signed its certificate in \`redis_tls: {ca: …}\` ${docs}`,
  ],
  [/CERT|^ERR_TLS|^ERR_SSL|^ERR_OSSL|^EPROTO$/, `compare \`redis_tls\` with the certificates of that Redis ${docs}`],
];

/** The remedy if TLS failed; undefined for an error that has nothing to do with TLS. */
export const tlsRemedy = (error: unknown): string | undefined => {
  const code = errnoOf(error);
  return code === undefined ? undefined : remedies.find(([codes]) => codes.test(code))?.[1];
};
