import { startOurPair } from './our-pair.ts';
import { policySources } from './policy-set.ts';
const protocol = (process.argv[2] ?? 'http') as 'http';
const sides = (process.argv[3] ?? 'together') as 'together';
const pair = await startOurPair({ protocol, policies: policySources(100, protocol), backendPort: Number(process.argv[4] ?? 9400), sides });
console.log(JSON.stringify({ port: pair.port, pids: pair.pids }));
process.on('SIGTERM', async () => { await pair.stop(); process.exit(0); });
setInterval(() => {}, 1000);
