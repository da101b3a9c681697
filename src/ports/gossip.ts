/** A peer's public node key in libp2p's text form (`12D3KooW…`). */
export type PeerId = string;

/** An address that a peer can be dialled at: a multiaddr, `/ip4/10.0.0.1/tcp/7600`. */
export type PeerAddress = string;

/**
 * Decides who may be a peer. Called on both ends of every connection after the encryption handshake
 * proved the key, before any protocol runs. The dialler shows its credential first, so that the
 * answering side reveals nothing to a stranger.
 */
export interface Admission {
  /** This node's own membership credential, encoded; asked for anew at each connection. */
  credential(): Uint8Array;
  /** Checks what the peer with this (proven) Ed25519 key showed. A refusal's reason is logged here, never sent. */
  admit(publicKey: Uint8Array, credential: Uint8Array): AdmissionVerdict;
  /** What a host that this node dialled told it instead of admitting it. Anyone may say it: it is to be verified. */
  told?(proof: Uint8Array): void;
}

export type AdmissionVerdict =
  | { readonly admitted: true; readonly name: string }
  | {
      readonly admitted: false;
      readonly reason: string;
      /** Told to the dialler, whose credential was good once: that, and why, it is not any more. */
      readonly proof?: Uint8Array;
    };

/** A peer that passed admission and is connected now. */
export interface Peer {
  readonly id: PeerId;
  /** The node name in the credential it showed. */
  readonly name: string;
  readonly publicKey: Uint8Array;
}

export type TopicVerdict = 'accept' | 'ignore' | 'reject';

/** Peer to peer messaging among admitted members. */
export interface Gossip {
  readonly self: PeerId;
  /** Where this host listens, without the peer id. */
  addresses(): readonly PeerAddress[];
  /** Spreads to all subscribed members, this node excepted. 1 MiB at most, else MESSAGE_TOO_LARGE is thrown. */
  publish(topic: string, message: Uint8Array): Promise<void>;
  /**
   * Receives what others publish. Only accepted messages are passed on to further peers; rejected
   * ones count against the peer that delivered them: `from`, which is connected, and which need not
   * be the author.
   */
  subscribe(topic: string, receive: (message: Uint8Array, from: PeerId) => TopicVerdict): void;
  /** Answers requests on a protocol such as `/selvage/sync/1`. An error closes the stream unanswered. */
  serve(protocol: string, answer: (request: Uint8Array, from: Peer) => Promise<Uint8Array>): void;
  /** One request, one answer, each at most 16 MiB; rejects on timeout, refusal or a lost peer. */
  request(
    peer: PeerId,
    protocol: string,
    request: Uint8Array,
    options: { readonly timeoutMs: number },
  ): Promise<Uint8Array>;
  peers(): readonly Peer[];
  /** Connects if not connected yet; rejects when unreachable or not admitted. */
  dial(id: PeerId, addresses: readonly PeerAddress[]): Promise<void>;
  /** Closes connections to a peer (its credential is no longer good). */
  disconnect(id: PeerId): Promise<void>;
  /** Told of each change of `peers()`. */
  onPeers(changed: (change: { readonly peer: Peer; readonly connected: boolean }) => void): void;
  stop(): Promise<void>;
}
