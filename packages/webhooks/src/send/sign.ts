import { createHmac } from 'node:crypto';

/**
 * The headers of Standard Webhooks 1.0: the id, the time in Unix seconds, and one signature for each secret, over
 * `<id>.<time>.<body>`. A repeated message has the same id, and a time and signatures of its own.
 */
export function signedHeaders(
  { id, body }: { readonly id: string; readonly body: string },
  secrets: readonly string[],
  wallNowMs: number,
): Record<string, string> {
  const seconds = Math.floor(wallNowMs / 1_000);
  const signatures = secrets.map((secret) => `v1,${hmac(secret, `${id}.${seconds}.${body}`)}`);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': signatures.join(' '),
  };
}

/** The key is what follows `whsec_`, in base64. */
const hmac = (secret: string, text: string): string =>
  createHmac('sha256', Buffer.from(secret.replace(/^whsec_/, ''), 'base64')).update(text).digest('base64');
