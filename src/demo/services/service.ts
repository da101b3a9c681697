/** How one of the shop's programs is started. All of them listen on 127.0.0.1 only. */
export interface ServiceOptions {
  readonly port: number;
  /** Told in every answer, so that callers see which copy answered: `v1`. */
  readonly version?: string;
  /** File to which the id of each request is added as soon as it was read. */
  readonly reads?: string;
  /** Local ports at which the services that this one calls are reached. */
  readonly upstreams?: Readonly<Record<string, number>>;
}

/** One that listens now. */
export interface RunningService {
  readonly port: number;
  /** Stops listening and breaks all connections. */
  close(): Promise<void>;
}

export type StartService = (options: ServiceOptions) => Promise<RunningService>;

/** Programs of the shop know nothing of the mesh: they listen here, and their sidecar calls them. */
export const SERVICE_HOST = '127.0.0.1';
