import { byText } from '../core/index.ts';
import type { BundleEntry } from '../crypto/index.ts';
import type { AuthorityTarget } from './trust-set.ts';

/** What a trust bundle is made of: the certificates of all authorities, in one order whoever asks. */
export const bundleEntries = (authorities: readonly AuthorityTarget[]): readonly BundleEntry[] =>
  authorities
    .flatMap(({ certificates, namespaces }) =>
      certificates.map(
        ({ pem, untilMs }): BundleEntry => ({
          pem,
          namespaces,
          ...(untilMs === undefined ? {} : { untilMs }),
        }),
      ),
    )
    .toSorted(byText(({ pem }) => pem));
