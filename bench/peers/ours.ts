import { join } from 'node:path';
import type { ServiceProtocol } from '../../src/core/index.ts';
import { type OurPair, type OurPairOptions, startOurPair } from '../our-pair.ts';
import { policySources, type Speech } from '../policy-set.ts';
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
      return pair;
    },
  };
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
