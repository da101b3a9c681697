/** What the data plane holds at this moment. After all traffic ended, everything is back at zero. */
export interface CensusReport {
  /** Plain connections from the application, mutual-TLS connections from peers. */
  readonly clients: number;
  /** Connections to peers and to the application, pooled ones included. */
  readonly servers: number;
  /** Connections being opened. */
  readonly dialling: number;
  /** Connections to servers that wait for a request. */
  readonly pooled: number;
  /** HTTP requests and connections of bytes under way. */
  readonly exchanges: number;
  /** Flows of datagrams, of the application and to it; each is a client or a server too. */
  readonly flows: number;
  /** Bytes that could not be written yet. */
  readonly heldBytes: number;
}

/** Counted where things are made and unmade; a plain object, because the hot path writes to it. */
export class Census implements CensusReport {
  clients = 0;
  servers = 0;
  dialling = 0;
  pooled = 0;
  exchanges = 0;
  flows = 0;
  heldBytes = 0;

  report(): CensusReport {
    const { clients, servers, dialling, pooled, exchanges, flows, heldBytes } = this;
    return { clients, servers, dialling, pooled, exchanges, flows, heldBytes };
  }
}
