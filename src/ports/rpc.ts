/** How a call ends: the codes of gRPC that are used here. */
export type RpcCode =
  | 'ok'
  | 'invalid-argument'
  | 'permission-denied'
  | 'resource-exhausted'
  | 'internal'
  | 'unavailable';

export interface RpcStatus {
  readonly code: RpcCode;
  /** In words, for the one who called. */
  readonly message: string;
}

/**
 * One call, whatever its kind: messages in, messages out, a status at the end. `Facts`: what is known
 * of the process that calls.
 */
export interface RpcCall<Facts> {
  /** Asks anew who calls; undefined when that process is gone, whoever holds its connection now. */
  attest(): Facts | undefined;
  /** The first value of a header; the name in lower case. */
  header(name: string): string | undefined;
  /** False when the caller does not keep up: send nothing until `drained`. */
  send(message: Uint8Array): boolean;
  /** What was sent arrives before. Nothing is sent or received afterwards. */
  end(status: RpcStatus): void;
}

export interface RpcHandlers {
  /** The next message of the caller. */
  message(bytes: Uint8Array): void;
  /** More can be sent again. */
  drained(): void;
  /** Called once, whoever ended it; not of a call that was ended while it was opened. */
  closed(): void;
}

/** What is answered, by the path of the method: `/package.Service/Method`. Others are unimplemented. */
export type RpcMethods<Facts> = Readonly<Record<string, (call: RpcCall<Facts>) => RpcHandlers>>;
