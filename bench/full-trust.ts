import { type Namespace, serviceKey, workloadSpiffeId } from '../src/core/index.ts';
import { encodeTarget, type TargetContent, type TrustFiles } from '../src/governance/index.ts';
import {
  enacted,
  type Person,
  person,
  signers,
  TestMesh,
} from '../src/governance/testing/index.ts';

export const TARGETS = 1_000;
export const TEAMS = 20;

/** Who lists the targets: the teams evenly, or, where they hold none of these, the governors. */
export type Spread = 'teams' | 'governors';

const persons = (name: string, count: number): Person[] =>
  Array.from({ length: count }, (_, n) => person(`${name}${n}`));

/** A mesh with 5 governors, of whom 3 sign, 20 teams of 3, of whom 2 sign, and 1,000 targets in all. */
export class FullTrust {
  readonly files: TrustFiles;
  readonly mesh = new TestMesh();
  readonly #governors = persons('governor', 5);
  readonly #team = persons('team', 3);
  readonly #spread: Spread;
  #serial = 0;

  constructor(spread: Spread) {
    this.#spread = spread;
    const { governor, founded } = this.mesh;
    const council = { governors: signers(3, ...this.#governors) };
    const everybody = [person('governor', governor), ...this.#governors, ...this.#team];
    const begun = this.#enact(founded, council, everybody.slice(0, 6));
    const put = Array.from({ length: TARGETS - 2 }, (_, n) => this.target(n)); // beside settings and authority
    const filled = this.#enact(begun, { put }, this.#governors);
    const delegations = Array.from({ length: TEAMS }, (_, n) => ({
      namespace: teamName(n),
      to: signers(2, ...this.#team),
    }));
    this.files = this.#enact(filled, { delegations }, [...this.#governors, ...this.#team]);
  }

  /** The next version, in which one policy of those who list them differs. */
  changed(): TrustFiles {
    const people = this.#spread === 'teams' ? this.#team.slice(1) : this.#governors.slice(2);
    return this.#enact(this.files, { put: [this.target(0, ++this.#serial)] }, people);
  }

  /** Policies, services and registrations in turn: of 20 namespaces, or of one that nobody was given. */
  target(n: number, serial = 0) {
    const namespace = this.#spread === 'teams' ? teamName(n % TEAMS) : ('shop' as Namespace);
    return encodeTarget(contentOf(n, serial, namespace, this.mesh), this.mesh.trustDomain);
  }

  #enact(held: TrustFiles, draft: Parameters<typeof enacted>[1], people: readonly Person[]) {
    return enacted(held, draft, people, this.mesh.n1.online);
  }
}

const teamName = (n: number): Namespace => `team${n}` as Namespace; // a label

function contentOf(
  n: number,
  serial: number,
  namespace: Namespace,
  { trustDomain }: TestMesh,
): TargetContent {
  const name = `thing${n}`;
  const spiffeId = workloadSpiffeId(trustDomain, namespace, name);
  if (n % 3 === 1) {
    const timeouts = { connectTimeoutMs: 1_000, requestTimeoutMs: 15_000 };
    const key = serviceKey(namespace, name);
    return {
      kind: 'Service',
      service: { key, protocol: 'http', identities: [spiffeId], ...timeouts },
    };
  }
  if (n % 3 === 2) {
    const key = `${namespace}/${name}`;
    const registration = { key, spiffeId, nodes: 'any', selectors: { uid: 1_000 + n } } as const;
    return { kind: 'Registration', registration };
  }
  const text = `// ${serial}\npermit(principal == Workload::"${spiffeId}", action, resource) when { context.port == ${n} };\n`;
  return { kind: 'Policy', policy: { name, namespace, text } };
}
