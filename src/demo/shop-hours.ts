import { realClock } from '../platform/index.ts';

const HOUR_MS = 3_600_000;

/**
 * The shop's rules that change while it is open, as Cedar text. The sale is on for an hour, or has ended
 * a minute ago; while stock is taken nobody writes the ledger, follows the news, or is helped.
 */
export function shopHours(now: { readonly sale: 'on' | 'over'; readonly stocktaking: boolean }) {
  const from = realClock.now() - HOUR_MS;
  const until = now.sale === 'on' ? from + 2 * HOUR_MS : from + HOUR_MS - 60_000;
  return saleHours(from, until) + (now.stocktaking ? STOCKTAKING : '');
}

const datetime = (atMs: number): string => `datetime("${new Date(atMs).toISOString()}")`;

const saleHours = (from: number, until: number): string => `
@id("sale-hours")
forbid (
  principal,
  action in Action::"http",
  resource == Service::"shop/catalog"
)
when { context.path like "/products/sale*" }
unless {
  context.time >= ${datetime(from)} &&
  context.time < ${datetime(until)}
};
`;

const STOCKTAKING = `
@id("stocktaking-closes-the-ledger")
forbid (
  principal,
  action == Action::"connect",
  resource == Service::"shop/ledger-tcp"
);

@id("stocktaking-ends-the-news")
forbid (
  principal,
  action == Action::"http:GET",
  resource == Service::"shop/catalog"
)
when { context.path == "/news" };

@id("stocktaking-closes-the-helpdesk")
forbid (
  principal,
  action in Action::"http",
  resource == Service::"shop/helpdesk"
);
`;
