import { asPinkyError } from '@pinky/protocol/base';
import { holdPidFile } from '@pinky/supervisor';
import { becomeUser, resolveCredentials, type RunAs } from './credentials.js';
import { takeDaemonReport } from './daemon-status.js';
import { launchDaemon } from './launch-daemon.js';

/** How a program becomes a service. These are ServerEngine's daemon options. */
export interface ServiceOptions {
  /** Default false: the service stays in the foreground. */
  readonly daemonize?: boolean;
  /** Only daemons write it, as in ServerEngine. Its directory must exist. Default: none. */
  readonly pidPath?: string | null | undefined;
  /** The `process.title`, with and without `daemonize`. Default: unchanged. */
  readonly processName?: string | null | undefined;
  /** Applies with and without `daemonize`. */
  readonly runAs?: RunAs;
  /** The exit code if any of it fails. Default 1, like `daemonize_error_exit_code`. */
  readonly errorExitCode?: number;
}

/** The process after `enterService`: either it does the work, or it only has to end with its code. */
export type Entered =
  | {
      readonly isService: true;
      /** Reports a good start: the launcher ends with 0. */
      readonly ready: () => void;
      /** Reports a failed start. Answers the exit code to end with. */
      readonly failed: (error: unknown) => number;
    }
  | {
      readonly isService: false;
      readonly exitCode: number;
      /** The reason if it failed, for standard error. */
      readonly reason?: string;
    };

/**
 * Makes this program a service, in the one order that works: look up user and group, launch the daemon (the same
 * program again, which comes here once more), claim the pid file, change the user. Every fault shows before the
 * service's own work begins, as the launcher's exit code and reason.
 */
export async function enterService(options: ServiceOptions): Promise<Entered> {
  const { daemonize = false, pidPath, processName, runAs = {}, errorExitCode = 1 } = options;
  const report = takeDaemonReport();
  let pidFile: { release(): void } | undefined;
  try {
    const credentials = resolveCredentials(runAs);
    if (daemonize && !report) {
      await launchDaemon(isGiven(processName) ? { title: processName } : {});
      return { isService: false, exitCode: 0 };
    }
    if (daemonize && isGiven(pidPath)) pidFile = holdPidFile(pidPath);
    becomeUser(credentials);
    if (isGiven(processName)) process.title = processName;
  } catch (failure) {
    const error = asPinkyError(failure);
    pidFile?.release();
    report?.failed(error);
    return { isService: false, exitCode: errorExitCode, reason: error.message };
  }
  return {
    isService: true,
    ready: () => report?.ready(),
    failed: (error) => {
      pidFile?.release();
      report?.failed(asPinkyError(error));
      return errorExitCode;
    },
  };
}

const isGiven = (text: string | null | undefined): text is string => text !== null && text !== undefined;
