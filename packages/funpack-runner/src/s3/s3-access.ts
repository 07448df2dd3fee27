import type { BoxConfig } from '@pinky/protocol';

/** How the box speaks to S3: `s3` and `aws` of its configuration. It holds secrets. */
export interface S3Access {
  /** The address of another store that speaks S3. Absent: Amazon's own. */
  readonly endpoint?: string;
  readonly region: string;
  /** `https://<endpoint>/<bucket>/<key>` instead of `https://<bucket>.<endpoint>/<key>`. */
  readonly isPathStyle: boolean;
  /** Absent: requests are not signed, which is enough to read what is public. */
  readonly keys?: S3Keys;
}

export interface S3Keys {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly sessionToken?: string;
}

/** Amazon's first region, in which a store that knows no regions usually says it is. */
const usualRegion = 'us-east-1';

/** Another store than Amazon's seldom has a name for each bucket, so its paths begin with the bucket. */
export function s3AccessOf({ s3, aws }: Pick<BoxConfig, 's3' | 'aws'>): S3Access {
  return {
    ...(s3?.endpoint !== undefined && { endpoint: s3.endpoint }),
    region: s3?.region ?? usualRegion,
    isPathStyle: s3?.isPathStyle ?? s3?.endpoint !== undefined,
    ...(aws && { keys: aws }),
  };
}
