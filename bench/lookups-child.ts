// Looks up many times in a full registry, while the runtime logs each collection to standard error.
import { FullRegistry, SERVICES, serviceName } from './full-registry.ts';
import { betweenMarks } from './garbage.ts';

const lookups = Number(process.argv[2]);
const { registry } = new FullRegistry('many services');
const services = Array.from({ length: SERVICES }, (_, n) => serviceName(n));

function lookUp(count: number): number {
  let found = 0;
  for (let i = 0; i < count; i += 1) {
    const service = services[i % SERVICES];
    if (service === undefined) continue;
    found += registry.endpointsOf(service).length + registry.offered(service).length;
  }
  return found;
}

lookUp(1_000_000);
let found = 0;
betweenMarks(() => {
  found = lookUp(lookups);
});
if (found !== lookups * 200) throw new Error(`found ${found}`);
