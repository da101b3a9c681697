import { connect } from 'node:tls';
import { realClock } from '../../platform/index.ts';
import { tunnelServerName } from '../../proxy/index.ts';
import { callHttp } from '../clients/index.ts';
import { expectThat } from '../errors.ts';
import { keyOf, LATECOMER } from '../plan.ts';
import type { Shop } from '../shop.ts';
import { notYet, there, waitFor } from '../waiting.ts';
import type { Place } from '../wire/index.ts';
import { CALL_TIMEOUT_MS, type Check, ENOUGH_ANSWERS } from './check.ts';
import { awaitAnswers, byVersion, expectNoFailure, loadService, underLoad } from './under-load.ts';

const TAKEN_UP_TIMEOUT_MS = 10_000;

export const authorityDeath: Check = {
  number: 6,
  title: 'kill -9 of n1 under load between the others; a new workload gets its SVID from n2',
  run: async (shop) => {
    let issuer = '';
    const load = loadService(shop, 'catalog', 'authority-death');
    const report = await underLoad(load, async () => {
      await awaitAnswers(load, ENOUGH_ANSWERS, 'before n1 dies');
      await shop.nodes.kill('n1');
      await awaitAnswers(load, ENOUGH_ANSWERS, 'after n1 died');
      const { inbound } = await shop.workloads.start(LATECOMER);
      await shop.awaitReady('n3', [LATECOMER]);
      await awaitVersion(shop, LATECOMER.version ?? '');
      issuer = await issuerOf(inbound);
      await shop.workloads.stop(LATECOMER.name);
      await awaitAnswers(load, ENOUGH_ANSWERS, 'after catalog v3 left again');
    });
    expectNoFailure(report);
    expectThat(issuer === 'n2', `catalog v3 got its SVID from ${issuer}`);
    return `${report.answered} requests (${byVersion(report)}), 0 failed; catalog v3 has its SVID from n2`;
  },
};

async function awaitVersion(shop: Shop, version: string): Promise<void> {
  const port = shop.workloads.upstream('catalog');
  const call = { port, method: 'GET', path: '/products', timeoutMs: CALL_TIMEOUT_MS };
  await waitFor(realClock, `an answer of catalog ${version}`, TAKEN_UP_TIMEOUT_MS, async () => {
    const { headers, status } = await callHttp(call);
    const seen = headers['x-version'] ?? String(status);
    return seen === version ? there(undefined) : notYet(seen);
  });
}

/** The common name of the CA that signed what is shown at a sidecar's inbound port. */
function issuerOf(place: Place): Promise<string> {
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
