import { join } from 'node:path';
import type { ServiceProtocol } from '../../src/core/index.ts';
import { type OurPair, type OurPairOptions, startOurPair } from '../our-pair.ts';
import { policySources, type Speech } from '../policy-set.ts';
import { TRACE_PATH } from './backends.ts';
import { type Contender, OURS, type Stage, type Wish } from './contender.ts';

/** As many as a mesh of some size has, each decision reading the path. */
const POLICIES = 100;

const PROTOCOLS: Readonly<Record<Speech, ServiceProtocol>> = {
  http: 'http',
  grpc: 'grpc',
  tcp: 'tcp',
};

export const ours: readonly Contender[] = [
  contender(OURS, 'together'),
  contender('ours, two processes', 'apart'),
];

function contender(name: string, sides: OurPairOptions['sides']): Contender {
  return {
    name,
    family: 'ours',
    speeches: ['http', 'grpc', 'tcp'],
    // Until the runtime has compiled what is hot.
    warmUpSeconds: 2,
    async start(stage, wish) {
      const pair = await startOurs(stage, wish, { sides });
      stage.atEnd(() => pair.stop());
      if (wish.speech === 'http') await checkTrace(pair.port);
      return pair;
    },
  };
}

/** The whole path is on: decisions are, or nothing would be answered, and so is the trace header (W3C Trace Context). */
async function checkTrace(port: number): Promise<void> {
  const url = `http://127.0.0.1:${port}${TRACE_PATH}`;
  const answer = await (await fetch(url, { headers: { host: 'catalog' } })).text();
  if (!/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(answer)) {
    throw new Error(`the trace header of a request is '${answer}'`);
  }
}

let started = 0;

export function startOurs(
  { directory }: Stage,
  { speech, ...wish }: Wish,
  settings: Pick<OurPairOptions, 'sides' | 'workers' | 'runtimeFlags'>,
): Promise<OurPair> {
  const logPath = join(directory, `ours-${started++}.log`);
  const policies = policySources(POLICIES, speech);
  return startOurPair({ protocol: PROTOCOLS[speech], policies, logPath, ...settings, ...wish });
}
