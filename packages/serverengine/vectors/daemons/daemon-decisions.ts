import { resolveCredentials } from '@pinky/serverengine';
import type { ServiceCase } from './service-case.js';

/** The observation of a daemon case, as far as it is compared. */
export interface DaemonObserved {
  readonly launcher_exit_code?: number;
  readonly pid_file_exists_when_launcher_ends?: boolean;
  readonly processes_running: readonly string[];
  readonly pid_file: { readonly names_process?: string; readonly mode?: string; readonly owner_uid?: number } | null;
  readonly process?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly after_signal?: {
    readonly top_process_gone: boolean;
    readonly pid_file_exists: boolean;
    readonly exit_code?: number;
  };
  readonly second_launch?: {
    readonly launcher_exit_code: number;
    readonly first_still_running: boolean;
    readonly pid_file_names: string;
  };
}

/** One deliberate difference: when it applies, what we expect instead, and why. */
interface Decision {
  readonly applies: (service: ServiceCase, observed: DaemonObserved) => boolean;
  readonly expect: (observed: DaemonObserved, service: ServiceCase) => DaemonObserved;
  readonly reason: string;
}

const withAll = (
  observed: DaemonObserved,
  change: (role: string) => Readonly<Record<string, unknown>>,
): DaemonObserved => {
  const changed = Object.entries(observed.process ?? {}).map(([role, facts]) => {
    const known = Object.entries(change(role)).filter(([name]) => name in facts);
    return [role, { ...facts, ...Object.fromEntries(known) }];
  });
  return {
    ...observed,
    ...(observed.process && { process: Object.fromEntries(changed) as NonNullable<DaemonObserved['process']> }),
  };
};

const nothingRuns = (observed: DaemonObserved, code: number): DaemonObserved => {
  const { after_signal: _signal, ...rest } = observed;
  return {
    ...rest,
    launcher_exit_code: code,
    pid_file_exists_when_launcher_ends: false,
    processes_running: [],
    pid_file: null,
  };
};

const errorCode = ({ config }: ServiceCase): number => config.daemonize_error_exit_code ?? 1;

/** Our differences from the records of kind I: rules over a case's configuration, in the order in which they apply. */
export const daemonDecisions: readonly Decision[] = [
  {
    applies: (_service, { launcher_exit_code: code, processes_running: running }) =>
      code !== undefined && code !== 0 && running.length > 0,
    expect: (observed) => nothingRuns(observed, observed.launcher_exit_code ?? 1),
    reason: 'a bad pid path fails before anything runs',
  },
  {
    applies: ({ server }, { launcher_exit_code: code }) => server?.raise_in === 'before_run' && code === 0,
    expect: (observed, service) => nothingRuns(observed, errorCode(service)),
    reason: 'the launcher succeeds when the server is about to run, not before',
  },
  {
    applies: (_service, observed) => observed.second_launch !== undefined,
    expect: (observed, service) => ({
      ...observed,
      second_launch: {
        launcher_exit_code: errorCode(service),
        first_still_running: true,
        pid_file_names: 'first daemon',
      },
    }),
    reason: 'the pid file of a running daemon is not taken over',
  },
  {
    applies: (_service, { after_signal: after }) => after?.pid_file_exists === true,
    expect: (observed) => ({
      ...observed,
      ...(observed.after_signal && { after_signal: { ...observed.after_signal, pid_file_exists: false } }),
    }),
    reason: 'the pid file is removed at exit',
  },
  {
    applies: ({ config }) => (config.chuser !== undefined || config.chumask !== undefined ? !config.daemonize : false),
    expect: (observed, { config }) =>
      withAll(observed, () => ({ ...idsOf(config.chuser), ...umaskOf(config.chumask) })),
    reason: 'the user, group and mask apply without daemonize too',
  },
  {
    applies: ({ config }, { process: facts }) =>
      config.chuser !== undefined && config.chgroup === undefined && facts !== undefined,
    expect: (observed, { config }) => withAll(observed, () => idsOf(config.chuser)),
    reason: "a change of user takes the user's groups along, the primary one too",
  },
  {
    applies: ({ config }, { process: facts }) =>
      config.worker_chuser !== undefined && config.worker_chgroup === undefined && facts !== undefined,
    expect: (observed, { config }) =>
      withAll(observed, (role) => (role.startsWith('worker') ? idsOf(config.worker_chuser) : {})),
    reason: "a change of user takes the user's groups along, the primary one too",
  },
  {
    applies: ({ config }, { process: facts }) =>
      config.daemon_process_name !== undefined && !config.daemonize && facts !== undefined,
    expect: (observed, { config }) =>
      withAll(observed, (role) =>
        role === 'supervisor' || (role === 'server' && !config.supervisor)
          ? { process_name: config.daemon_process_name }
          : {},
      ),
    reason: 'the process name applies without daemonize too',
  },
];

function idsOf(user: string | undefined): Readonly<Record<string, unknown>> {
  const { user: owner } = resolveCredentials({ user });
  return owner ? { uid: [String(owner.uid)], gid: [String(owner.gid)], supplementary_groups: [String(owner.gid)] } : {};
}

const umaskOf = (umask: number | undefined): Readonly<Record<string, unknown>> =>
  umask === undefined ? {} : { umask: umask.toString(8).padStart(4, '0') };
