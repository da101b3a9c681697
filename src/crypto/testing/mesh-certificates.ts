import { type NodeName, parseSpiffeId, parseTrustDomain, type SpiffeId } from '../../core/index.ts';
import { seededRandom } from '../../ports/testing/index.ts';
import {
  type BundleEntry,
  createAuthorityCertificate,
  generatePrivateKey,
  type Issuer,
  openIssuer,
  TrustBundle,
} from '../index.ts';

/** When the tests of certificates take place. */
export const NOW = Date.UTC(2030, 0, 1);
export const HOUR_MS = 3_600_000;

export const random = seededRandom(7);

const must = <T>(result: { ok: true; value: T } | { ok: false; error: string }): T => {
  if (!result.ok) throw new Error(result.error);
  return result.value;
};

export const trustDomain = must(parseTrustDomain('shop.example'));
export const idOf = (text: string): SpiffeId => must(parseSpiffeId(text));
export const WEB = idOf('spiffe://shop.example/ns/default/sa/web');

/** Authorities that may sign for everybody. */
export const entriesOf = (...pems: readonly string[]): readonly BundleEntry[] =>
  pems.map((pem) => ({ pem, namespaces: 'any' }));

export const bundleOf = (...pems: readonly string[]): TrustBundle =>
  new TrustBundle(trustDomain, entriesOf(...pems));

/** A fresh authority of `shop.example` whose certificate lives from {@link NOW} on. */
export async function newAuthority(
  lifeMs = 24 * HOUR_MS,
  options: { readonly node?: string; readonly now?: number } = {},
): Promise<{ issuer: Issuer; bundle: TrustBundle }> {
  const key = generatePrivateKey('p256');
  const pem = createAuthorityCertificate({
    key,
    trustDomain,
    node: (options.node ?? 'n1') as NodeName, // a label, by inspection
    now: options.now ?? NOW,
    lifeMs,
    random,
  });
  return { issuer: openIssuer(trustDomain, key, pem), bundle: bundleOf(pem) };
}
