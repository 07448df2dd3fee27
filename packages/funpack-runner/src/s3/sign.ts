import { AwsV4Signer } from 'aws4fetch';
import type { S3Keys } from './s3-access.js';
import type { S3Target } from './s3-target.js';

export interface ToSign {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** SHA-256 of the body in hex. Default: that of no body. */
  readonly bodySha256?: string;
}

const ofNothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** The headers of a request with its signature. The store refuses a body that has another SHA-256. */
export async function signedHeaders(
  { url, region }: S3Target,
  keys: S3Keys,
  { method, headers, bodySha256 = ofNothing }: ToSign,
): Promise<Record<string, string>> {
  const signer = new AwsV4Signer({
    method,
    url: url.href,
    headers: { ...headers, 'x-amz-content-sha256': bodySha256 },
    accessKeyId: keys.accessKey,
    secretAccessKey: keys.secretKey,
    ...(keys.sessionToken !== undefined && { sessionToken: keys.sessionToken }),
    service: 's3',
    region,
  });
  return Object.fromEntries((await signer.sign()).headers.entries());
}
