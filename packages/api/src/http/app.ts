import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { BoxConfig, Clock, Logger } from '@pinky/protocol';
import { PinkyError } from '@pinky/protocol';
import type { KnownState } from '../box/known-state.js';
import type { Jobs } from '../jobs/jobs.js';
import type { ServerSpaces } from '../space/server-spaces.js';
import type { QueueTalk } from '../talk/queue-talk.js';
import type { SupervisorTalk } from '../talk/supervisor-talk.js';
import type { Audit, WrongTokens, TokenBook } from '../tokens/index.js';
import type { Caller } from './caller.js';

/** The framework with routes that are checked by schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;
export type Request = FastifyRequest;
export type Reply = FastifyReply;

/** The parts that the routes use. */
export interface ApiParts {
  readonly config: () => BoxConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tokens: TokenBook;
  readonly wrongTokens: WrongTokens;
  readonly audit: Audit;
  readonly queue: QueueTalk;
  readonly supervisor: SupervisorTalk;
  readonly state: KnownState;
  readonly jobs: Jobs;
  readonly spaces: ServerSpaces;
  /** Since when this process answers, Unix milliseconds. */
  readonly since: number;
  /** The folder of the page, if the page is installed. */
  readonly pageDir?: string;
  /** Aborts when this process ends: what follows something ends then. */
  readonly over: AbortSignal;
}

/** The caller of a route that needs a token. */
export function callerOf(request: FastifyRequest): Caller {
  if (!request.caller) throw new PinkyError('unauthorized', 'this needs a token');
  return request.caller;
}
