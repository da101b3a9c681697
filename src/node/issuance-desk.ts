import { parseSpiffeId, type Result, type SpiffeId } from '../core/index.ts';
import type { TrustBundle } from '../crypto/index.ts';
import type { TrustSet } from '../governance/index.ts';
import type { Authority } from '../identity/index.ts';
import type { Clock, Gossip, Peer } from '../ports/index.ts';
import { earliestBeginning } from './fresh-attestation.ts';
import type { IssuancePermission } from './issuance-permission.ts';
import {
  CREDENTIAL_PROTOCOL,
  type CredentialAnswer,
  decodeJson,
  encodeJson,
  SVID_PROTOCOL,
  type SvidAnswer,
  svidRequestSchema,
} from './issuance-wire.ts';

export interface IssuanceDeskParts {
  readonly gossip: Gossip;
  readonly trust: () => TrustSet;
  /** This node's own authority, or why it signs nothing now for that ID. */
  readonly issuer: (id: SpiffeId) => Result<Authority, string>;
  readonly bundle: () => TrustBundle;
  readonly permission: IssuancePermission;
  readonly clock: Clock;
}

/** Answers the other members as an authority: it signs what they may have. */
export class IssuanceDesk {
  readonly #parts: IssuanceDeskParts;

  constructor(parts: IssuanceDeskParts) {
    this.#parts = parts;
    parts.gossip.serve(SVID_PROTOCOL, async (request, from) =>
      encodeJson(await this.#svid(request, from)),
    );
    parts.gossip.serve(CREDENTIAL_PROTOCOL, async (_request, from) =>
      encodeJson(this.#credential(from)),
    );
  }

  async #svid(bytes: Uint8Array, from: Peer): Promise<SvidAnswer> {
    const { issuer, trust, bundle, permission, clock } = this.#parts;
    const request = decodeJson(svidRequestSchema, bytes);
    const spiffeId = parseSpiffeId(request.spiffeId);
    if (!spiffeId.ok) return { refused: spiffeId.error };
    const own = issuer(spiffeId.value);
    if (!own.ok) return { refused: own.error };
    const { attestedAtMs, nowMs } = request;
    const asked = { spiffeId: spiffeId.value, nowMs };
    const member = permission.ofWorkload('x509-svid', from, asked);
    if (!member.ok) return { refused: member.error };
    const { node } = member.value;
    const workload = { spiffeId: spiffeId.value, node, attestedAtMs };
    const earliestMs = earliestBeginning(bundle().revocations, workload, clock.now());
    if (!earliestMs.ok) return { refused: earliestMs.error };
    const { settings, version } = trust();
    const issued = await own.value.issue({
      csrDer: new Uint8Array(Buffer.from(request.csr, 'base64')),
      expected: spiffeId.value,
      node,
      earliestMs: earliestMs.value,
      trustVersion: version,
      lifeMs: settings.svidLifeMs,
    });
    if (!issued.ok) return { refused: issued.error.detail };
    return { chainPem: [...issued.value.chainPem], notAfter: issued.value.notAfter };
  }

  /**
   * The asker proved its key and showed a credential that is still good: it may have the next one, for
   * the same name and epoch. What it says in its request counts for nothing.
   */
  #credential(from: Peer): CredentialAnswer {
    const { issuer, trust, bundle, permission } = this.#parts;
    const member = permission.ofMember('membership-credential', from);
    if (!member.ok) return { refused: member.error };
    const { spiffeId, ...held } = member.value;
    const own = issuer(spiffeId);
    if (!own.ok) return { refused: own.error };
    const lifeMs = trust().settings.credentialLifeMs;
    const earliestMs = bundle().revocations.earliestForNode(held.node);
    const { credential } = own.value.issueCredential({ ...held, earliestMs, lifeMs });
    return { credential: Buffer.from(credential).toString('base64') };
  }
}
