import { realClock } from '../../platform/index.ts';
import { type Forger, startImpostor, stealAuthority } from '../attackers/index.ts';
import type { Answer } from '../clients/index.ts';
import { expectThat } from '../errors.ts';
import { identityOf, nodeName, nodePlan, type ServiceName, TRUST_DOMAIN } from '../plan.ts';
import type { Shop } from '../shop.ts';
import { notYet, there, waitFor } from '../waiting.ts';
import { callService } from './service-call.ts';

const HOST = nodePlan('n1').address;
const MEETING_TIMEOUT_MS = 10_000;
const RECOVERY_TIMEOUT_MS = 10_000;

/**
 * Leads the calls for payments to a server with a certificate of the right CA. With the SPIFFE ID of
 * payments it is taken for payments (so the way there is real); with another one no caller may give
 * it a single byte.
 */
export async function refuseImpostor(shop: Shop): Promise<string[]> {
  const authority = { trustDomain: TRUST_DOMAIN, node: nodeName('n2') };
  const stolen = await stealAuthority(shop.nodes.dataDirectory('n2'), authority);
  try {
    await expectTaken(shop, stolen);
    await expectRefused(shop, stolen);
  } finally {
    const { inbound } = shop.workloads.get('payments');
    shop.workloads.tap('payments').redirect(inbound);
  }
  await waitFor(realClock, 'payments itself to answer again', RECOVERY_TIMEOUT_MS, async () => {
    const back = await charge(shop);
    return back.status === 201 ? there(undefined) : notYet(describe(back));
  });
  return ['a server with the wrong SPIFFE ID'];
}

async function expectTaken(shop: Shop, stolen: Forger): Promise<void> {
  const { answer } = await meet(shop, stolen, 'payments');
  const taken = answer.headers['x-version'] === 'impostor';
  expectThat(taken, `the call did not go to the impostor: ${describe(answer)}`);
}

async function expectRefused(shop: Shop, stolen: Forger): Promise<void> {
  const { answer, receivedBytes } = await meet(shop, stolen, 'files');
  const refused = answer.status >= 500 && answer.headers['x-selvage-reason'] !== undefined;
  expectThat(refused, `a server that is files was taken for payments: ${describe(answer)}`);
  expectThat(receivedBytes === 0, `it was given ${receivedBytes} bytes of the request`);
}

/** Calls until the caller's sidecar has come to the impostor; a call may still end an old connection. */
async function meet(shop: Shop, stolen: Forger, as: ServiceName) {
  const impostor = await startImpostor(HOST, await stolen.svid(identityOf(as)));
  try {
    shop.workloads.tap('payments').redirect({ host: HOST, port: impostor.port });
    return await waitFor(realClock, `a call to reach ${as}`, MEETING_TIMEOUT_MS, async () => {
      const answer = await charge(shop);
      const receivedBytes = impostor.receivedBytes();
      return impostor.connections() > 0
        ? there({ answer, receivedBytes })
        : notYet(describe(answer));
    });
  } finally {
    await impostor.close();
  }
}

const charge = (shop: Shop): Promise<Answer> =>
  callService(shop, 'payments', { method: 'POST', path: '/charge' });

const describe = ({ status, headers, text }: Answer): string =>
  `${status} ${headers['x-selvage-reason'] ?? ''} ${text.trim()}`;
