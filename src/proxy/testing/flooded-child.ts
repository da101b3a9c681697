import { identityOf, okAnswer, startApplication, startPair } from './index.ts';

/** What a process says of itself that runs a pair of sidecars and an application, to be flooded by another. */
export interface Flooded {
  /** Of the caller's sidecar, plain. */
  readonly port: number;
  /** Of the callee's. */
  readonly inboundPort: number;
  /** Which the callee's sidecar takes. */
  readonly certificateChainPem: string;
  readonly privateKeyPem: string;
}

if (import.meta.main) {
  const application = startApplication({
    received: (connection) => {
      if (connection.text.includes('GET /')) connection.write(okAnswer('ok'));
      connection.text = '';
    },
  });
  const pair = await startPair(application);
  const { certificateChainPem, privateKeyPem } = await identityOf(pair.authority, 'client');
  const { port, inboundPort } = pair;
  const said: Flooded = { port, inboundPort, certificateChainPem, privateKeyPem };
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
