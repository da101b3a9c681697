import { describeDuration, type NodeName } from '../core/index.ts';
import type { TrustStore } from '../governance/index.ts';
import type { Membership } from '../membership/index.ts';
import type { Clock, EpochMs, Gauge, Meter } from '../ports/index.ts';
import { hasOtherKeys, type Registry } from '../registry/index.ts';
import type { AuthorityRole } from './authority-role.ts';
import type { CredentialKeeper } from './credential-keeper.ts';
import type { WorkloadServer } from './workload-server.ts';

export interface IdentityCountdownParts {
  readonly trust: Pick<TrustStore, 'current'>;
  readonly role: Pick<AuthorityRole, 'authority'>;
  readonly membership: Pick<Membership, 'members'>;
  readonly registry: Pick<Registry, 'node'>;
  readonly credentials: Pick<CredentialKeeper, 'credential'>;
  readonly workloads: Pick<WorkloadServer, 'sessions'>;
  readonly clock: Clock;
  readonly meter: Meter;
}

/** One host has thousands of workloads; the first to end are those to hurry for. */
const MAX_TOLD = 5;

/**
 * How many authorities live, and while none does, what of this node's identities ends when: all of it goes on to its
 * very end, and nothing comes after it.
 */
export class IdentityCountdown {
  readonly #parts: IdentityCountdownParts;
  readonly #authorities: Gauge<'state'>;
  readonly #credential: Gauge<never>;

  constructor(parts: IdentityCountdownParts) {
    this.#parts = parts;
    this.#authorities = parts.meter.gauge({
      name: 'selvage_authorities',
      help: 'Authorities in force, by whether they live as far as this node knows',
      labels: ['state'],
    });
    this.#credential = parts.meter.gauge({
      name: 'selvage_credential_expiry_timestamp_seconds',
      help: 'When the membership credential in use ends, seconds since 1970',
      labels: [],
    });
    this.follow();
  }

  /** Measures again: to be called when other authorities are in force, members come and go, or the credential is another. */
  readonly follow = (): void => {
    const { living, all } = this.#count();
    this.#authorities.set({ state: 'living' }, living);
    this.#authorities.set({ state: 'gone' }, all.length - living);
    this.#credential.set({}, this.#parts.credentials.credential.expiresAt / 1_000);
  };

  /** In words, what ends first in front; empty while an authority lives, and each that is named still has its keys. */
  warnings(): string[] {
    const { living, dead, keyless, all } = this.#count();
    const inName = keyless.map(inNameOnly);
    if (living === 1 && dead.length > 0) return [lastBeside(dead), ...inName];
    if (living > 0) return inName;
    const now = this.#parts.clock.now();
    const ends = this.#ends().toSorted((a, b) => a.endsAt - b.endsAt);
    const told = ends.slice(0, MAX_TOLD).map(({ what, endsAt }) => countdown(what, endsAt - now));
    const more = ends.length - told.length;
    const named = all.length === 0 ? 'there is none' : all.join(', ');
    return [
      `no authority lives (${named}): nothing is renewed until one is started, or made with \`selvage authority add\``,
      ...inName,
      ...told,
      ...(more > 0 ? [`${more} more SVIDs end after that`] : []),
    ];
  }

  #count() {
    const { trust, role, membership, registry } = this.#parts;
    const { authorities } = trust.current();
    const all = authorities.map(({ node }) => node);
    const keyless = authorities.flatMap((target) => {
      const claim = registry.node(target.node)?.claim;
      return claim !== undefined && hasOtherKeys(target, claim) ? [target.node] : [];
    });
    const others = membership.members().filter(({ name }) => all.includes(name));
    const dead = others.flatMap(({ name, state }) => (state === 'dead' ? [name] : []));
    const answering = others.filter(
      ({ name, state }) => (state === 'alive' || state === 'suspect') && !keyless.includes(name),
    );
    const living = answering.length + (role.authority() === undefined ? 0 : 1);
    return { living, dead, keyless, all };
  }

  #ends(): readonly { readonly what: string; readonly endsAt: EpochMs }[] {
    const { credentials, workloads } = this.#parts;
    const svids = workloads.sessions.flatMap(({ workload, facts }) =>
      workload?.svidEndsAt === undefined
        ? []
        : [
            {
              what: `the SVID of ${workload.spiffeId} (pid ${facts.pid})`,
              endsAt: workload.svidEndsAt,
            },
          ],
    );
    const { expiresAt } = credentials.credential;
    return [{ what: 'the membership credential', endsAt: expiresAt }, ...svids];
  }
}

/** Those that left were stopped by somebody, who knows. */
const lastBeside = (dead: readonly NodeName[]): string =>
  `only one authority lives (${dead.join(', ')} died): start another, or make one with \`selvage authority add\``;

/** Its disk was lost, and it joined again under its name. */
const inNameOnly = (node: NodeName): string =>
  `${node} lost the keys by which it is an authority, and signs nothing: put its new ones in force with \`selvage authority add ${node} --key FILE\``;

const countdown = (what: string, leftMs: number): string =>
  leftMs > 0 ? `${what} ends in ${describeDuration(leftMs)}` : `${what} has ended`;
