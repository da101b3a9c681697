import { byText } from '../core/index.ts';
import type { TokenKeyInForce } from '../identity/index.ts';
import type { RetiringAuthority } from './trust-set.ts';

/** What a token bundle is made of: the token keys of all these authorities, in one order whoever asks. */
export const tokenKeys = (upheld: readonly RetiringAuthority[]): readonly TokenKeyInForce[] =>
  upheld
    .flatMap(({ namespaces, tokenKeys: keys }) =>
      keys.map(({ x, y, untilMs }) => ({
        x,
        y,
        namespaces,
        ...(untilMs === undefined ? {} : { untilMs }),
      })),
    )
    .toSorted(byText(({ x }) => x));
