import { expectThat } from '../errors.ts';
import { LoginDesk } from '../login-desk.ts';
import type { Shop } from '../shop.ts';
import { callService } from './service-call.ts';

/** A refund takes the frontend and a clerk behind it; either alone is refused. Returns what was seen. */
export async function refuseCustomers(shop: Shop): Promise<string> {
  const cases = [
    ['without a user', undefined, 403, 'denied-by-policy'],
    ['of a customer', shop.login.token('carl', ['customers']), 403, 'denied-by-policy'],
    ['with a forged token', new LoginDesk().token('anna', ['clerks']), 401, 'invalid-token'],
    ['of a clerk', shop.login.token('anna', ['clerks']), 200, undefined],
  ] as const;
  const seen: string[] = [];
  for (const [whose, token, status, reason] of cases) {
    const got = await refund(shop, token);
    const found = got.headers['x-selvage-reason'];
    expectThat(
      got.status === status && found === reason,
      `a refund ${whose} should give ${status} ${reason ?? ''}, but gave ${got.status} ${found ?? got.text}`,
    );
    seen.push(`${whose} ${status}`);
  }
  return `refund ${seen.join(', ')}`;
}

function refund(shop: Shop, token: string | undefined) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return callService(shop, 'payments', { method: 'POST', path: '/refund', headers });
}
