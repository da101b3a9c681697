import { writeFileSync } from 'node:fs';
import { expectThat } from '../errors.ts';
import type { Shop } from '../shop.ts';
import { shopHours } from '../shop-hours.ts';
import { callService } from './service-call.ts';

/** Writes the shop's hours as a governor is to sign them next; the path of the file. */
export function writeHours(shop: Shop, now: Parameters<typeof shopHours>[0]): string {
  const path = shop.stage.path('resources', 'hours.cedar');
  writeFileSync(path, shopHours(now));
  return path;
}

/** 200 while the sale is on, 403 by its hours when it is over. */
export async function expectSale(shop: Shop, status: 200 | 403): Promise<void> {
  const got = await callService(shop, 'catalog', { method: 'GET', path: '/products/sale' });
  expectThat(got.status === status, `the sale should give ${status}, but gave ${got.status}`);
}
