import { expectThat } from '../errors.ts';
import type { ServiceName } from '../plan.ts';
import type { Shop } from '../shop.ts';
import type { Check } from './check.ts';
import { callService, type ServiceCall } from './service-call.ts';
import { refuseCustomers } from './staff-only.ts';

export const denial: Check = {
  number: 4,
  title:
    'what no policy permits this service and this user is refused with a reason; what one permits is not',
  run: async (shop) => {
    await permitted(shop, 'payments', 'POST', '/charge', 201);
    const closed = await denied(shop, 'payments', 'GET', '/admin');
    const unnamed = await denied(shop, 'catalog', 'DELETE', '/products');
    await permitted(shop, 'catalog', 'GET', '/products', 200);
    const refunds = await refuseCustomers(shop);
    return `GET /admin of payments: 403 ${closed}; DELETE of the catalog: 403 ${unnamed}; their permitted neighbours: 201, 200; ${refunds}`;
  },
};

async function permitted(
  shop: Shop,
  service: ServiceName,
  method: ServiceCall['method'],
  path: string,
  status: number,
): Promise<void> {
  const got = await callService(shop, service, { method, path });
  const seen = `${got.status} ${got.text.trim()}`;
  expectThat(
    got.status === status,
    `${method} ${path} of ${service} is permitted, but gave ${seen}`,
  );
}

/** Returns the reason that the mesh gave. */
async function denied(
  shop: Shop,
  service: ServiceName,
  method: ServiceCall['method'],
  path: string,
): Promise<string> {
  const got = await callService(shop, service, { method, path });
  const asked = `${method} ${path} of ${service}`;
  expectThat(got.status === 403, `nothing permits ${asked}, but it gave ${got.status}`);
  expectThat(!got.text.includes('takings'), `${asked} gave away what it protects`);
  const reason = got.headers['x-selvage-reason'];
  expectThat(reason !== undefined, `${asked} gave 403 without a reason`);
  return reason;
}
