// Decides many times by a program from standard input; its runtime logs each collection to standard error.
import { realClock } from '../src/platform/index.ts';
import { linkEngine } from '../src/policy/index.ts';
import { contextualRequests, requests, trustDomain } from './policy-set.ts';

const [decisions, warmUps] = [Number(process.argv[2]), 200_000];
const linked = await linkEngine(await Bun.stdin.json(), { trustDomain, clock: realClock });
if (!linked.ok) throw new Error(linked.error);
const engine = linked.value;
const asked = process.argv[3] === 'contextual' ? contextualRequests(10_000) : requests(10_000);

function decide(count: number): number {
  let allowed = 0;
  for (let i = 0; i < count; i += 1) {
    const request = asked[i % asked.length];
    if (request !== undefined && engine.decide(request).allowed) allowed += 1;
  }
  return allowed;
}

decide(warmUps);
Bun.gc(true);
console.error('start of decisions');
const allowed = decide(decisions);
console.error('end of decisions');
if (allowed !== decisions) throw new Error(`${decisions - allowed} decisions were denials`);
