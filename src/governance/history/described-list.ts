import type { TrustDomain } from '../../core/index.ts';
import { describeChange } from '../change/index.ts';
import { delegationsOf, namespaceOf, type TargetsRole } from '../repository/index.ts';
import { DEFAULT_SETTINGS, decodeTarget, type TargetContent } from '../resources/index.ts';
import type { OpenedList } from './kept-list.ts';

type Described = Parameters<typeof describeChange>[0];

/** Who governs is no list's to say. */
const NO_GOVERNORS = { keys: [], threshold: 0 } as const;

/** The difference between two versions of one list, in words; see {@link describeChange}. */
export const describeLists = (
  role: TargetsRole,
  before: OpenedList,
  after: OpenedList,
  trustDomain: TrustDomain,
): string[] =>
  describeChange(described(role, before, trustDomain), described(role, after, trustDomain));

function described(role: TargetsRole, opened: OpenedList, trustDomain: TrustDomain): Described {
  const contents = [...opened.contents].flatMap(([path, bytes]) => {
    const content = decodeTarget(path, bytes, trustDomain);
    return content.ok ? [content.value] : [];
  });
  const of = <Kind extends TargetContent['kind']>(kind: Kind) =>
    contents.filter(
      (content): content is Extract<TargetContent, { kind: Kind }> => content.kind === kind,
    );
  return {
    governors: NO_GOVERNORS,
    lists: role === 'targets' ? delegated(opened) : [],
    authorities: of('Authority').map(({ authority }) => authority),
    retiring: of('RetiringAuthority').map(({ retiring }) => retiring),
    services: of('Service').map(({ service }) => service),
    registrations: of('Registration').map(({ registration }) => registration),
    authentications: of('RequestAuthentication').map(({ authentication }) => authentication),
    revocations: of('Revocation').map(({ revocation }) => revocation),
    attestations: of('NodeAttestation').map(({ attestation }) => attestation),
    policies: of('Policy').map(({ policy }) => policy),
    settings: of('MeshSettings')[0]?.settings ?? DEFAULT_SETTINGS,
  };
}

const delegated = ({ targets }: OpenedList): Described['lists'] =>
  [...delegationsOf(targets)].map(([role, { keys, threshold }]) => ({
    ...{ role, namespace: namespaceOf(role), version: 0, expiresAtMs: 0, keys, threshold },
  }));
