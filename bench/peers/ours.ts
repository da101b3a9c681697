import { join } from 'node:path';
import type { ServiceProtocol } from '../../src/core/index.ts';
import { startOurPair } from '../our-pair.ts';
import { policySources, type Speech } from '../policy-set.ts';
import type { Contender } from './contender.ts';

/** As many as a mesh of some size has, each decision reading the path. */
const POLICIES = 100;

const PROTOCOLS: Readonly<Record<Speech, ServiceProtocol>> = {
  http: 'http',
  grpc: 'grpc',
  tcp: 'tcp',
};

/** The first is on the same footing as the peers, whose one process carries both sides too. */
export const ours: readonly Contender[] = [
  contender('ours', 1),
  contender('ours, two processes', 2),
];

function contender(
  name: string,
  processes: 1 | 2,
  runtimeFlags: readonly string[] = [],
): Contender {
  return {
    name,
    family: 'ours',
    speeches: ['http', 'grpc', 'tcp'],
    // Until the runtime has compiled what is hot.
    warmUpSeconds: 2,
    async start(stage, { speech, ...wish }) {
      const policies = policySources(POLICIES, speech);
      const protocol = PROTOCOLS[speech];
      const logPath = join(stage.directory, `${name}.log`);
      const settings = { protocol, policies, processes, runtimeFlags, logPath };
      const pair = await startOurPair({ ...settings, ...wish });
      stage.atEnd(() => pair.stop());
      return pair;
    },
  };
}
