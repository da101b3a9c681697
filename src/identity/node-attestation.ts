/**
 * How a host that an enterprise vouches for becomes a node without a join token; a target of the trust repository.
 * `x509pop`: it shows a certificate below one of these CAs, and proves that it holds its key.
 */
export interface NodeAttestation {
  /** The resource's name. */
  readonly name: string;
  readonly kind: 'x509pop';
  /** CA certificates of the enterprise, PEM. */
  readonly certificates: readonly string[];
  /** Where in the host's certificate the node's name stands. */
  readonly nodeName: (typeof NODE_NAME_SOURCES)[number];
  /**
   * The DNS domain, in lower case, directly below which a host's name must stand, where its name is the node's: else
   * `db.dev.example` could take over what `db.example` is.
   */
  readonly dnsDomain?: string;
}

/** The subject's common name, or the label of its one DNS name before {@link NodeAttestation.dnsDomain}. */
export const NODE_NAME_SOURCES = ['commonName', 'dns'] as const;
