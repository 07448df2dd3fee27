import { asPinkyError } from '@pinky/protocol/base';
import { holdPidFile } from '@pinky/supervisor';
import { becomeUser, resolveCredentials, type RunAs } from './credentials.js';
import { takeDaemonReport } from './daemon-status.js';
import { launchDaemon } from './launch-daemon.js';

/** How a program becomes a service: ServerEngine's daemon options. */
export interface ServiceOptions {
  /** Default false: the service stays in the foreground. */
  readonly daemonize?: boolean;
  /** Written by daemons only, as ServerEngine does. Its directory must exist. Default: none. */
  readonly pidPath?: string | null | undefined;
  /** `process.title`, with and without `daemonize`. Default: unchanged. */
  readonly processName?: string | null | undefined;
  /** Applies with and without `daemonize`. */
  readonly runAs?: RunAs;
  /** Exit code where any of it fails. Default 1, as `daemonize_error_exit_code`. */
  readonly errorExitCode?: number;
}

/** What a process is after `enterService`: the one that does the work, or one that has only to end with its code. */
export type Entered =
  | {
      readonly isService: true;
      /** Says that the start went well: the launcher ends with 0. */
      readonly ready: () => void;
      /** Says why it did not; answers the exit code to end with. */
      readonly failed: (error: unknown) => number;
    }
  | {
      readonly isService: false;
      readonly exitCode: number;
      /** Why, where it failed: for standard error. */ readonly reason?: string;
    };

/**
 * Makes this program a service, in the one order that works: look user and group up, launch the daemon (the same
 * program again, which passes here once more), claim the pid file, change the user. Whatever is wrong shows before the
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
