// Does what a sidecar does with a program from standard input: links it (how long each slice took goes to standard
// output), and decides many times, while the runtime logs each collection to standard error.
import { betweenMarks } from './garbage.ts';
import { contextualRequests, requests } from './policy-set.ts';
import { timedLink } from './timed-link.ts';

const [decisions, warmUps] = [Number(process.argv[2]), 200_000];
const { engine, slicesMs } = await timedLink(await Bun.stdin.json());
console.log(JSON.stringify(slicesMs));

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
let allowed = 0;
betweenMarks(() => {
  allowed = decide(decisions);
});
if (allowed !== decisions) throw new Error(`${decisions - allowed} decisions were denials`);
