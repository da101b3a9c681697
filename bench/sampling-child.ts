// Counts and samples many decisions, as a sidecar does beside deciding, while the runtime logs each collection to
// standard error; how long one took in nanoseconds goes to standard output.
import { realClock, realRandom } from '../src/platform/index.ts';
import { DecisionSampler, DecisionTap } from '../src/proxy/index.ts';
import { betweenMarks } from './garbage.ts';
import { contextualRequests } from './policy-set.ts';

const [decisions, warmUps] = [Number(process.argv[2]), 200_000];
const sampler = new DecisionSampler(realClock, realRandom, () => undefined);
const tap = new DecisionTap(sampler);
const asked = contextualRequests(10_000);

function decide(count: number): void {
  for (let i = 0; i < count; i += 1) {
    const request = asked[i % asked.length];
    if (request !== undefined) tap.decided(request);
  }
}

decide(warmUps);
let nanoseconds = 0;
betweenMarks(() => {
  const start = Bun.nanoseconds();
  decide(decisions);
  nanoseconds = Bun.nanoseconds() - start;
});
sampler.stop();
console.log(nanoseconds / decisions);
