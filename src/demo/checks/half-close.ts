import { sendThenRead } from '../clients/index.ts';
import { expectThat } from '../errors.ts';
import { payload, payloadTotal } from '../payload.ts';
import { CALL_TIMEOUT_MS, type Check } from './check.ts';

const SIZES = [1, 1_000, 1_048_576];

export const halfClose: Check = {
  number: 3,
  title: 'TCP passes, half-close included',
  run: async (shop) => {
    const port = shop.workloads.upstream('ledger-tcp');
    for (const size of SIZES) {
      const want = payloadTotal(size);
      const got = await sendThenRead({ port }, payload(size), CALL_TIMEOUT_MS);
      const same = got.bytes === want.bytes && got.sha256 === want.sha256;
      expectThat(same, `${size} bytes were sent to the ledger, and ${got.bytes} came back`);
    }
    const most = Math.max(...SIZES).toLocaleString('en');
    return `${most} bytes sent, write side shut, the same ${most} bytes read afterwards`;
  },
};
