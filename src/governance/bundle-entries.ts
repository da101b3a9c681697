import { byText } from '../core/index.ts';
import type { BundleEntry } from '../crypto/index.ts';
import type { RetiringAuthority } from './trust-set.ts';

/** What a trust bundle is made of: the certificates of all these authorities, in one order whoever asks. */
export const bundleEntries = (upheld: readonly RetiringAuthority[]): readonly BundleEntry[] =>
  upheld
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
