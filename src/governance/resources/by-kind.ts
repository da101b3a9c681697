import type { TrustSet } from '../trust-set.ts';
import { DEFAULT_SETTINGS } from './contents.ts';
import type { TargetContent } from './resource.ts';

/** What a trust set says, beside who signed it and when. */
export type ContentsByKind = Pick<
  TrustSet,
  | 'authorities'
  | 'retiring'
  | 'services'
  | 'registrations'
  | 'authentications'
  | 'revocations'
  | 'attestations'
  | 'policies'
  | 'settings'
>;

/** Each kind in the order of `contents`; the settings that hold by themselves where there are none. */
export function byKind(contents: readonly TargetContent[]): ContentsByKind {
  const of = <Kind extends TargetContent['kind']>(kind: Kind) =>
    contents.filter(
      (content): content is Extract<TargetContent, { kind: Kind }> => content.kind === kind,
    );
  return {
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
