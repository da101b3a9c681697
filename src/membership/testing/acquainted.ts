import type { Handle } from '../swim/roster.ts';
import { SealedDatagrams } from '../wire/index.ts';
import { hashSeals } from './hash-seals.ts';
import type { SampleBook } from './sample-book.ts';

/** What `member` sends and takes, once `other` has answered it from where its record says: so it may be told all. */
export function acquainted(book: SampleBook, member: Handle, other: Handle): SealedDatagrams {
  const of = (self: Handle): SealedDatagrams => {
    const seals = hashSeals(book.entry(self).publicKey);
    const isAwaited = ({ type }: { readonly type: string }) => type === 'ack';
    return new SealedDatagrams({ self, book, seals, starts: { boot: 1 }, isAwaited });
  };
  const body = { type: 'ack', probe: 1, subject: other } as const;
  const sealed = of(member);
  sealed.open(of(other).seal(member, { body, statements: [] }, 0), book.entry(other).address, 0);
  return sealed;
}
