import { connect } from 'node:tls';
import { realClock } from '../../platform/index.ts';
import { tunnelServerName } from '../../proxy/index.ts';
import { keyOf } from '../plan.ts';
import type { Shop } from '../shop.ts';
import { notYet, there, waitFor } from '../waiting.ts';
import type { Place } from '../wire/index.ts';
import { CALL_TIMEOUT_MS } from './check.ts';
import { callService } from './service-call.ts';

const TAKEN_UP_TIMEOUT_MS = 10_000;

/** Waits until a copy of the catalog answers that has just come. */
export async function awaitVersion(shop: Shop, version: string): Promise<void> {
  await waitFor(realClock, `an answer of catalog ${version}`, TAKEN_UP_TIMEOUT_MS, async () => {
    const { headers, status } = await callService(shop, 'catalog', {
      method: 'GET',
      path: '/products',
    });
    const seen = headers['x-version'] ?? String(status);
    return seen === version ? there(undefined) : notYet(seen);
  });
}

/** The common name of the CA that signed what is shown at a sidecar's inbound port. */
export function issuerOf(place: Place): Promise<string> {
  return new Promise((resolve, reject) => {
    const servername = tunnelServerName(keyOf('catalog'));
    const socket = connect({ ...place, servername, rejectUnauthorized: false }, () => {
      const { issuer } = socket.getPeerCertificate();
      socket.destroy();
      resolve(String(issuer.CN));
    });
    const limit = realClock.after(CALL_TIMEOUT_MS, () => socket.destroy(new Error('timeout')));
    socket.on('close', () => limit.cancel());
    socket.on('error', reject);
  });
}
