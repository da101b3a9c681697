import { cutOnce, openShop } from '../src/demo/index.ts';
import { type Bench, quantile } from './rows.ts';

const ROUNDS = 50;
/** Not counted: what runs for the first time is not compiled yet. */
const WARM_UPS = 2;

export const cutBench: Bench = {
  about: `the demo's nodes, ${ROUNDS} times: \`selvage apply\` takes a permission away, an open TCP connection and an open answer end`,
  async run() {
    const shop = await openShop();
    try {
      for (let round = 0; round < WARM_UPS; round += 1) await cutOnce(shop);
      const sinceStart: number[] = [];
      const sinceReturn: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const { sinceStartMs, sinceReturnMs } = await cutOnce(shop);
        sinceStart.push(sinceStartMs);
        sinceReturn.push(sinceReturnMs);
      }
      const ms = { unit: 'ms' };
      return [
        { what: 'from the start of apply, median', value: quantile(sinceStart, 0.5), ...ms },
        {
          what: 'from the start of apply, p99',
          value: quantile(sinceStart, 0.99),
          ...ms,
          bar: 1_000,
          stretch: 300,
        },
        { what: 'from its return, median', value: quantile(sinceReturn, 0.5), ...ms },
        { what: 'from its return, p99', value: quantile(sinceReturn, 0.99), ...ms },
      ];
    } finally {
      await shop.close(false);
    }
  },
};
