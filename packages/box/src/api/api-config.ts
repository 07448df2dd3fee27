import type { ApiConfig } from '@pinky/protocol';
import type { OptionValues } from '../options/options.js';

/** The part of the configuration that is about the API. */
export function apiOf(v: OptionValues): ApiConfig {
  const [address, cert, key] = [v['api.address'], v['api.tls_cert'], v['api.tls_key']];
  const colon = address.lastIndexOf(':');
  return {
    isEnabled: v['api.enabled'],
    host: address.slice(0, colon).replace(/^\[|\]$/g, ''),
    port: Number(address.slice(colon + 1)),
    hosts: v['api.hosts'],
    isMetricsOpen: v['api.open_metrics'],
    areDocsOpen: v['api.open_docs'],
    ...(cert !== undefined && key !== undefined && { tls: { cert, key } }),
    trustedProxies: v['api.trusted_proxies'],
    bodyBytes: v['api.body_limit'],
    uploadBytes: v['api.upload_limit'],
    failuresPerMinute: v['api.failures_per_minute'],
  };
}

/** A certificate without its key, or the other way round. */
export const apiContradiction = (values: OptionValues) => ({
  path: 'api',
  isWrong: (values['api.tls_cert'] === undefined) !== (values['api.tls_key'] === undefined),
  message: '`api.tls_cert` and `api.tls_key` must be set together',
});
