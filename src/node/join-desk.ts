import { nodeSpiffeId } from '../core/index.ts';
import { createCsr, generatePrivateKey, privateKeyToPem } from '../crypto/index.ts';
import type { Authority } from '../identity/index.ts';
import type { ChannelListener, Log, Meter, Random, Timer } from '../ports/index.ts';
import { NodeError } from './errors.ts';
import { JoinAdmission, type JoinAdmissionParts } from './join-admission.ts';
import { listenForJoiners } from './join-server.ts';

/** Life of the certificate that joiners see, milliseconds; renewed at half of it. */
const DESK_SVID_LIFE_MS = 24 * 3_600_000;

export interface JoinDeskParts extends JoinAdmissionParts {
  readonly host: string;
  readonly port: number;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
}

/** Takes in new nodes while this node is an authority. */
export class JoinDesk {
  readonly #parts: JoinDeskParts;
  readonly #admission: JoinAdmission;
  #listener: ChannelListener | undefined;
  /** Whose certificate joiners see. */
  #opened: Authority | undefined;
  #renewal: Timer | undefined;
  #isClosed = false;

  constructor(parts: JoinDeskParts) {
    this.#parts = parts;
    this.#admission = new JoinAdmission(parts);
  }

  /** Where it listens now; undefined while this node is no authority. */
  get port(): number | undefined {
    return this.#listener?.port;
  }

  /**
   * Opens or shuts the port, as the node's role now asks.
   *
   * @throws PlatformError ADDRESS_IN_USE, ADDRESS_UNAVAILABLE
   */
  async follow(): Promise<void> {
    const authority = this.#parts.role.nodeAuthority();
    if (authority === undefined) this.#shut();
    else if (this.#listener === undefined || authority !== this.#opened)
      await this.#open(authority);
  }

  close(): void {
    this.#isClosed = true;
    this.#shut();
  }

  #shut(): void {
    this.#renewal?.cancel();
    this.#listener?.stop();
    this.#listener = undefined;
  }

  async #open(authority: Authority): Promise<void> {
    const { clock, log, role } = this.#parts;
    const svid = await this.#svid(authority);
    if (this.#isClosed || role.nodeAuthority() !== authority) return; // changed while it was signed
    const port = this.#listener?.port ?? this.#parts.port;
    this.#shut();
    this.#opened = authority;
    this.#renewal = clock.after(DESK_SVID_LIFE_MS / 2, () => this.#reopen(authority));
    this.#listener = listenForJoiners({
      ...this.#parts,
      port,
      svid,
      certificatePem: authority.certificatePem,
      admit: (joiner) => this.#admission.admit(joiner),
    });
    log.info('join port open', { port: this.#listener.port });
  }

  /** With a fresh certificate; one that could not be had is asked for again at the next turn. */
  #reopen(authority: Authority): void {
    const { log } = this.#parts;
    this.#open(authority).catch((error: unknown) => log.error('join port not renewed', { error }));
  }

  async #svid(authority: Authority) {
    const { trustDomain, node } = this.#parts.identity;
    const expected = nodeSpiffeId(trustDomain, node);
    const key = generatePrivateKey('p256');
    const csrDer = createCsr(key, expected);
    const earliestMs = this.#parts.role.bundle().revocations.earliestForNode(node);
    const issued = await authority.issue({
      csrDer,
      expected,
      node,
      earliestMs,
      lifeMs: DESK_SVID_LIFE_MS,
      trustVersion: this.#parts.trust.current().version,
    });
    if (!issued.ok) throw new NodeError('NOT_AN_AUTHORITY', issued.error.detail);
    return {
      certificateChainPem: issued.value.chainPem.join(''),
      privateKeyPem: privateKeyToPem(key),
    };
  }
}
