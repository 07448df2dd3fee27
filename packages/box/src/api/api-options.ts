import type { Option } from '../options/option.js';

/** The HTTP API. */
export const apiOptions = [
  {
    path: 'api.enabled',
    kind: 'switch',
    default: 'yes',
    env: 'PINKY_API',
    isReloaded: true,
    means: 'Whether the box can be reached over HTTP ([API](api.md)).',
  },
  {
    path: 'api.address',
    kind: 'listen',
    default: '127.0.0.1:7465',
    isReloaded: true,
    means: 'Address on which the API listens. If the port is taken, the next free one is used; `pinky ps` shows it.',
  },
  {
    path: 'api.hosts',
    kind: 'hosts',
    default: '',
    isReloaded: true,
    means:
      'Names by which the API may be called, besides its address, `localhost` and the loopback addresses. A request ' +
        'for any other is refused.',
  },
  {
    path: 'api.open_metrics',
    kind: 'switch',
    default: 'no',
    isReloaded: true,
    means: 'Whether `/metrics` is answered without a token.',
  },
  {
    path: 'api.open_docs',
    kind: 'switch',
    default: 'no',
    isReloaded: true,
    means: 'Whether `/docs` and `/openapi.json` are answered without a token.',
  },
  {
    path: 'api.tls_cert',
    kind: 'path',
    isReloaded: true,
    means: 'File with the certificate (PEM) for HTTPS. Set it together with the key.',
  },
  {
    path: 'api.tls_key',
    kind: 'path',
    isReloaded: true,
    means: 'File with the key (PEM) of the certificate.',
  },
  {
    path: 'api.trusted_proxies',
    kind: 'hosts',
    default: '',
    isReloaded: true,
    means: "Addresses of proxies in front of the API, whose `X-Forwarded-For` names the caller's address.",
  },
  {
    path: 'api.body_limit',
    kind: 'size',
    default: '1 MiB',
    min: '64 KiB',
    max: '64 MiB',
    isReloaded: true,
    means: 'Longest body of a request that uploads no file.',
  },
  {
    path: 'api.upload_limit',
    kind: 'size',
    default: '8 GiB',
    min: '1 MiB',
    isReloaded: true,
    means: 'Longest file that can be uploaded.',
  },
  {
    path: 'api.failures_per_minute',
    kind: 'integer',
    default: '20',
    min: '1',
    max: '100000',
    isReloaded: true,
    means: 'Wrong tokens from one address within a minute, after which the address has to wait.',
  },
] as const satisfies readonly Option[];
