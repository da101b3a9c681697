import { describeDuration } from '../core/index.ts';
import type { Role, TrustStore } from '../governance/index.ts';
import type { Clock, EpochMs, Gauge, Meter } from '../ports/index.ts';

/** Signatures that end sooner than this are worth a person's look, milliseconds: people must meet to renew them. */
const SOON_MS = 60 * 86_400_000;

export interface RoleDatesParts {
  readonly trust: Pick<TrustStore, 'current' | 'repository'>;
  readonly clock: Clock;
  readonly meter: Meter;
}

/** How long what people signed is good for, role by role: told early enough to sign it again. */
export class RoleDates {
  readonly #parts: RoleDatesParts;
  readonly #metric: Gauge<'role'>;
  #measured: readonly Role[] = [];

  constructor(parts: RoleDatesParts) {
    this.#parts = parts;
    this.#metric = parts.meter.gauge({
      name: 'selvage_trust_role_expires_seconds',
      help: 'When what people signed ends, by role, seconds since 1970',
      labels: ['role'],
    });
    this.follow();
  }

  /** Measures again: to be called when something else is in force. */
  readonly follow = (): void => {
    const dates = this.#dates();
    for (const role of this.#measured) if (!dates.has(role)) this.#metric.remove({ role });
    for (const [role, endsAt] of dates) this.#metric.set({ role }, endsAt / 1_000);
    this.#measured = [...dates.keys()];
  };

  /** In words, with what to type; empty while all is well. */
  warnings(): string[] {
    const now = this.#parts.clock.now();
    return [...this.#dates()].flatMap(([role, endsAt]) => {
      const leftMs = endsAt - now;
      if (leftMs >= SOON_MS) return [];
      const when = leftMs > 0 ? `ends in ${describeDuration(leftMs)}` : ENDED;
      return [`${nameOf(role)} ${when}: ${remedyOf(role)}`];
    });
  }

  #dates(): Map<Role, EpochMs> {
    const { trust } = this.#parts;
    const root = Date.parse(trust.repository().root.signed.expires);
    const lists = trust
      .current()
      .lists.map(({ role, expiresAtMs }) => [role, expiresAtMs] as const);
    return new Map<Role, EpochMs>([['root', root], ...lists]);
  }
}

/** Of the mesh's own nothing new is taken then; a team's list stays in force, and holds up nobody else. */
const ENDED = 'has ended, and no change passes without it';

const namespaceOf = (role: Role): string | undefined =>
  role.startsWith('ns.') ? role.slice('ns.'.length) : undefined;

function nameOf(role: Role): string {
  if (role === 'root') return 'the list of governors (root)';
  const namespace = namespaceOf(role);
  return namespace === undefined ? 'the governors’ list' : `the list of the team of ${namespace}`;
}

/** The root is renewed with the governors' list. */
function remedyOf(role: Role): string {
  const namespace = namespaceOf(role);
  return namespace === undefined
    ? 'sign it again with `selvage renew --key GOVERNOR_KEY`'
    : `let the team sign it again with \`selvage renew -n ${namespace} --key TEAM_KEY\``;
}
