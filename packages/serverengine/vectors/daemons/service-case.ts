/** The keys of ServerEngine's configuration that the daemon cases use, and the behaviour of their server. */
export interface ServiceCase {
  readonly config: {
    readonly daemonize: boolean;
    readonly supervisor?: boolean;
    readonly workers: number;
    readonly pid_path: string | null;
    readonly log?: string;
    readonly chuser?: string;
    readonly chgroup?: string;
    readonly chumask?: number;
    readonly worker_chuser?: string;
    readonly worker_chgroup?: string;
    readonly worker_chumask?: number;
    readonly daemonize_error_exit_code?: number;
    readonly daemon_process_name?: string;
    readonly server_process_name?: string;
    readonly worker_process_name?: string;
  };
  readonly server?: { readonly raise_in?: 'initialize' | 'before_run' };
}
