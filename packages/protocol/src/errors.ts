/**
 * Every code that can cross a process boundary, and what to do about it. A code never changes its meaning. A sentence
 * may.
 */
export const remedies = {
  // commands that the server's state does not allow
  not_running: 'start the server first',
  not_ready: 'wait for its started event, then send the command again',
  stopping: 'wait until the server is down, then send the command again',
  already_up: 'stop the server first; nothing was changed',
  cancelled: 'a stop, or the one who asked, ended it before it was done; send it again if that was not meant',
  // the request
  unknown_command:
    'use one of: start, stop, restart, kill, tell, broadcast, kick, list, backup, console, rm, status, explain, ' +
    'fetch, set, backups, restore, pin, unpin, verify, backups rm, backups get, schedule add, schedule edit, ' +
    'schedule rm, schedule run, schedule ls, distribute, distributions, distribution cancel, distribution wave',
  bad_command: 'correct the named field and send the command again',
  bad_server_id: 'a server id has 1 to 64 of the characters A-Z a-z 0-9 _ -',
  bad_settings: "correct the named setting; the funpack's funpack.json lists every setting with its type and values",
  bad_text:
    'remove what the error names from the message or name; `escape` in funpack.json says what the game reads as text',
  no_such_player: 'see with `list` who is connected',
  order_failed:
    'see whether the game listens for orders where `orders` in funpack.json says, or what bin/order prints',
  order_rejected: 'the game says why it did not do it',
  unsupported: 'the funpack does not offer this command',
  // the box
  box_down:
    'this box runs no jobs while its state is down; start it with `pinky up`, or set `pinky:<box>:state` to up again',
  box_taken:
    'give one of the two boxes another name (`box:` in pinky.yml); if the other machine is gone for good, ' +
    '`pinky up --take-over` takes the name (first `pinky down --detach` where this box runs: no game stops)',
  box_stopping: 'this box is stopping; send the command to another box, or again after the next start',
  no_free_port: 'stop a server, or widen `ports` in pinky.yml',
  port_taken: 'end what has the port, or give the server another one with `pinky start <id> --port <port>`',
  no_space: 'free some disk space; nothing was changed',
  over_quota: 'remove files of the server, or raise `limits.disk` in pinky.yml; nothing was changed',
  no_processes:
    'the machine has no process, memory or open file left: end something, or raise its limits (`pinky doctor`)',
  read_only: 'mount the file system writable again; `dmesg` may say why it became read-only',
  deadline_exceeded: 'it took too long; `pinky explain <id>` says what a game server is doing',
  outcome_unknown: 'the worker died while it ran the command; look at the server before you send it again',
  worker_unreachable: "the worker could not be started or reached; see the supervisor's log",
  supervisor_unreachable: 'start the supervisor with `pinky up`; if it runs, that says why it cannot be reached',
  webhooks_unreachable:
    'start the box with `pinky up`; if it runs, wait a second, then see `log/webhooks.log` in the home of the box',
  // funpacks, archives, stores
  bad_url: 'use a directory, file:, http:, https: or s3: address that pinky.yml allows',
  download_failed: 'check the address and the network, then send the command again',
  store_failed:
    'see what the store says, and check `backup.store`, `s3` and `aws` in pinky.yml; what waits is sent later',
  not_found: 'check the name, path or address: nothing is there',
  checksum_mismatch: 'the archive is not the one that was promised: check the address and the checksum',
  no_key: 'bring the key that is named: `pinky backups key import` takes what `pinky backups key export` printed',
  bad_archive: 'make the archive again: it is truncated, corrupt or of an unknown kind',
  unsafe_archive: 'make the archive without absolute paths, `..`, devices or links that leave it',
  archive_too_large: 'make the archive smaller, or raise the limits under `archives` in pinky.yml',
  bad_funpack: 'correct the funpack: `pinky doctor --funpack <dir>` lists its faults',
  bootstrap_failed: "see the output of the funpack's bin/bootstrap in `log/workers.log` of the box's home",
  install_failed: "see the output of the funpack's install script: `pinky explain <id>` names the file",
  prepare_failed: "see the output of the funpack's bin/prepare in `log/workers.log` of the box's home",
  import_failed: "the error holds the last lines of the funpack's bin/import; `pinky doctor --funpack <dir>` checks it",
  no_world: 'there is no backup yet: start without `world`, and make one with `backup` once the server is up',
  world_unsaved:
    'no verified backup holds this world: `pinky stop <id>` or `pinky backup <id>` writes one; ' +
    '`pinky rm <id> --discard` removes the world for good',
  unclean_backup: 'choose one by name: `newest-clean`, `latest`, or one that `pinky backups <id>` lists',
  backup_kept:
    'unpin it (`pinky unpin`), remove what needs it first, or say --discard for the newest; `pinky backups <id>` tells',
  no_base:
    'bring the named full backup back beside the incremental one, or choose another backup: `pinky backups <id>`',
  runner_died: 'something, such as a lack of memory, ended the process that did this work; send the command again',
  backup_failed: 'see the cause; the world is kept, and `pinky explain <id>` says where',
  // the game
  not_isolated:
    '`pinky doctor` says what this machine lacks; or choose `isolation: user` or `none` in pinky.yml',
  launch_failed: 'see the cause; `pinky doctor` says whether the funpack is whole and its program installed',
  start_timeout: 'the game did not say that it is ready; raise `startTimeoutMs` in funpack.json if it is only slow',
  fatal_error: 'the game itself says why it cannot start; correct that, then start it again',
  crash_loop: 'the game crashed too often; its last console lines are in the error',
  // frames
  socket_gone:
    'wait a second: the owner of the socket binds it again; if it does not, it hangs: end it with `kill -KILL` ' +
    '(games run on), then `pinky up --daemonize`',
  home_moved: 'end the process that the message names (games run on), then `pinky up --daemonize`',
  bad_frame: 'the peer does not speak this protocol',
  frame_too_large: 'the peer sent a frame over the size limit',
  connection_lost: 'the connection ended before the answer; send it again',
  // the API
  unauthorized: 'send a token in `Authorization: Bearer …`; `pinky token create` makes one',
  forbidden: 'use a token whose verbs and servers allow this; `pinky token create` makes one',
  bad_host: 'call the API by a name of its own, or add this one to `api.hosts` in pinky.yml',
  bad_request: 'correct the named field and send the request again; `/docs` shows what each request takes',
  too_many_requests: 'wait as long as `Retry-After` says, then send the request again',
  too_large: 'send less at once, or raise `api.body_limit` or `api.upload_limit` in pinky.yml',
  too_old: 'what comes before is gone: begin anew without a position',
  bad_range: 'ask for a range within the size of the file',
  unsupported_media: 'send the body in the type that `/docs` names for this request',
  conflict: 'look at what is there now, then decide anew',
  changed_meanwhile: 'read it again: its `ETag` is another one by now',
  // configuration and start
  no_directory: 'go to a folder that exists (`cd`), then run the command again',
  bad_option: 'correct the named option, in pinky.yml or wherever it was given',
  version_removed:
    'a file of this version is not there, perhaps because its folder was removed: run `pinky upgrade` from a version ' +
    'that is there',
  misplaced: 'something stands where Pinky needs another thing: move it away; `pinky doctor` names it',
  not_permitted: 'run it as the user to whom the box belongs',
  already_running: 'the running one keeps its place: end it first if another is to take its place',
  bad_pid_file: 'look into the pid file, which should hold one decimal pid; remove it if that process is gone',
  pid_mismatch: 'the pid file names a process that is not ours; nothing was signalled',
  redis_unavailable: 'check that Redis runs and that its address is right; games are not affected',
  redis_unsuitable:
    'use a Redis without cluster mode, alone or behind Sentinels (docs/redis.md); games are not affected',
  missing_program: 'install it: `pinky doctor` says how',
  internal: 'this is a defect of Pinky: please report it with the log around it',
} as const;

export type ErrorCode = keyof typeof remedies;

export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(remedies, code);

/** A failure that we raise: a stable code for programs, a sentence for people, and the cause. */
export class PinkyError extends Error {
  readonly code: ErrorCode;
  /** More facts for programs, such as the last console lines of a crash loop. */
  readonly details: Readonly<Record<string, unknown>> | undefined;
  /** The way out: that of its code, where nobody knew better. */
  readonly remedy: string;

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; details?: Readonly<Record<string, unknown>>; remedy?: string } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'PinkyError';
    this.code = code;
    this.details = options.details;
    this.remedy = options.remedy ?? remedies[code];
  }
}

/** A failure in the form in which it crosses a process boundary. `remedy` is what to do about it. */
export interface ErrorAnswer {
  readonly code: ErrorCode;
  readonly message: string;
  readonly remedy: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * Any failure in the form that crosses a process boundary. A failure that is not a `PinkyError` becomes `no_space`
 * (ENOSPC), `read_only` (EROFS), `misplaced` (ENOTDIR, EISDIR), `no_processes` (a program that could not be started) or
 * `internal`.
 */
export function toErrorAnswer(failure: unknown): ErrorAnswer {
  const error = asPinkyError(failure);
  return {
    code: error.code,
    message: error.message,
    remedy: error.remedy,
    ...(error.details && { details: error.details }),
  };
}

export function fromErrorAnswer(answer: ErrorAnswer): PinkyError {
  const code: ErrorCode = isErrorCode(answer.code) ? answer.code : 'internal';
  const { message, remedy, details } = answer;
  return new PinkyError(code, message, { ...(remedy && { remedy }), ...(details && { details }) });
}

const codeOfErrno: ReadonlyMap<string | undefined, ErrorCode> = new Map([
  ['ENOSPC', 'no_space'],
  ['EROFS', 'read_only'],
  ['ENOTDIR', 'misplaced'],
  ['EISDIR', 'misplaced'],
  ['ERR_FS_EISDIR', 'misplaced'],
  ['MODULE_NOT_FOUND', 'version_removed'],
]);

export function asPinkyError(failure: unknown): PinkyError {
  if (failure instanceof PinkyError) return failure;
  return new PinkyError(codeOf(failure), messageOf(failure), { cause: failure });
}

/** The lack of something because of which a program cannot be started. */
const forkErrnos: ReadonlySet<string | undefined> = new Set(['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE']);

function codeOf(failure: unknown): ErrorCode {
  const isFork =
    failure instanceof Error && 'syscall' in failure && String(failure.syscall).startsWith('spawn');
  if (isFork && forkErrnos.has(errnoOf(failure))) return 'no_processes';
  return codeOfErrno.get(errnoOf(failure)) ?? 'internal';
}

/** The sentence of whatever was thrown. */
export function messageOf(failure: unknown): string {
  if (!(failure instanceof Error)) return String(failure);
  const isLoading = errnoOf(failure) === 'MODULE_NOT_FOUND'; // its further lines say who required it
  return isLoading ? failure.message.split('\n', 1).join('') : failure.message;
}

/** The errno name (`ENOENT`, …) of a failed system call, or undefined. */
export function errnoOf(failure: unknown): string | undefined {
  if (typeof failure !== 'object' || failure === null || !('code' in failure)) return undefined;
  if (failure.code === '' && failure instanceof Error) {
    return unnamed.find(([text]) => failure.message.includes(text))?.[1];
  }
  return typeof failure.code === 'string' ? failure.code : undefined;
}

/**
 * Node 24's `rmSync` knows only a few errors by name. All others have an empty code and strerror(3) in the message.
 */
const unnamed = [['Read-only file system', 'EROFS'], ['No space left on device', 'ENOSPC']] as const;
