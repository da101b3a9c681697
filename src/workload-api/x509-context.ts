import { create, toBinary } from '@bufbuild/protobuf';
import { Lru, trustDomainId } from '../core/index.ts';
import { certificateDer, privateKeyToDer } from '../crypto/index.ts';
import type { HeldSvid, X509Bundle } from './host.ts';
import {
  X509BundlesResponseSchema,
  X509SVIDResponseSchema,
  X509SVIDSchema,
} from './proto/index.ts';

/** Sets of identities whose answer is kept for the next one who has the same. */
const MAX_KEPT = 1_024;

/** What a workload holds of X.509 at one moment, whole. Immutable. */
export class X509Context {
  readonly svids: readonly HeldSvid[];
  readonly bundle: X509Bundle;
  #response: Uint8Array | undefined;

  constructor(svids: readonly HeldSvid[], bundle: X509Bundle) {
    this.svids = svids;
    this.bundle = bundle;
  }

  /** `X509SVIDResponse`, encoded once for all who are told. */
  get response(): Uint8Array {
    this.#response ??= toBinary(
      X509SVIDResponseSchema,
      create(X509SVIDResponseSchema, {
        svids: this.svids.map(({ spiffeId, chainPem, key }) =>
          create(X509SVIDSchema, {
            spiffeId,
            x509Svid: joinedDer(chainPem),
            x509SvidKey: privateKeyToDer(key),
            bundle: bundleDer(this.bundle),
          }),
        ),
      }),
    );
    return this.#response;
  }
}

/** Gives all who have the same SVIDs and the same bundle one and the same context. */
export class X509Contexts {
  readonly #kept = new Lru<string, X509Context>(MAX_KEPT);

  of(svids: readonly HeldSvid[], bundle: X509Bundle): X509Context {
    const key = svids.map(({ spiffeId }) => spiffeId).join(' ');
    const kept = this.#kept.get(key);
    const isSame =
      kept?.bundle === bundle && kept.svids.every((svid, index) => svid === svids[index]);
    if (kept !== undefined && isSame) return kept;
    const made = new X509Context(svids, bundle);
    this.#kept.set(key, made);
    return made;
  }
}

export const encodeX509Bundles = (bundle: X509Bundle): Uint8Array =>
  toBinary(
    X509BundlesResponseSchema,
    create(X509BundlesResponseSchema, {
      bundles: { [trustDomainId(bundle.trustDomain)]: bundleDer(bundle) },
    }),
  );

const bundleDer = ({ authoritiesPem }: X509Bundle): Uint8Array => joinedDer(authoritiesPem);

/** One after the other, without anything between (SPIFFE Workload API, section 5.2). */
const joinedDer = (pems: readonly string[]): Uint8Array => Buffer.concat(pems.map(certificateDer));
