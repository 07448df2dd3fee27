import type { Option } from './option.js';

/** The stores from which funpacks and worlds come, and to which backups go. */
export const storeOptions = [
  {
    path: 's3.endpoint',
    kind: 'endpoint',
    isReloaded: true,
    means: "Address of a store that speaks S3. Without one it is Amazon's.",
  },
  {
    path: 's3.region',
    kind: 'name',
    default: 'us-east-1',
    env: 'AWS_REGION',
    isReloaded: true,
    means: 'Region of the buckets.',
  },
  {
    path: 's3.path_style',
    kind: 'switch',
    isReloaded: true,
    means:
      'Whether the bucket is in the path (`https://host/bucket/key`) or in the name (`https://bucket.host/key`). ' +
        'Unless it is said: in the path if there is an endpoint.',
  },
  {
    path: 'aws.access_key',
    kind: 'secret',
    env: 'AWS_ACCESS_KEY',
    otherEnv: 'AWS_ACCESS_KEY_ID',
    isReloaded: true,
    means: 'Access key for S3. Set it together with the secret key. Without keys only what is public is read.',
  },
  {
    path: 'aws.secret_key',
    kind: 'secret',
    env: 'AWS_SECRET_KEY',
    otherEnv: 'AWS_SECRET_ACCESS_KEY',
    isReloaded: true,
    means: 'Secret key for S3.',
  },
  {
    path: 'aws.session_token',
    kind: 'secret',
    env: 'AWS_SESSION_TOKEN',
    isReloaded: true,
    means: 'Token that comes with keys that are valid for a time.',
  },
] as const satisfies readonly Option[];
