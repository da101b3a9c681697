import { canonicalOf } from '../repository/index.ts';

type TrustMetadata = Parameters<typeof canonicalOf>[0];

/** Is the same said, whoever signed it? One document may be on its way with more signatures or fewer. */
export const isSameContent = (a: TrustMetadata, b: TrustMetadata): boolean =>
  Buffer.compare(canonicalOf(a), canonicalOf(b)) === 0;
