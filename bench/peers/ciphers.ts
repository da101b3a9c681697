import { startHttpBackend } from './backends.ts';
import { CIPHER, type Stage } from './contender.ts';
import { contenders } from './contenders.ts';
import { TunnelTap } from './tunnel-tap.ts';

/**
 * What the two sides of each contender agree upon, read on the wire between them.
 *
 * @throws Error when one of them is not the cipher that all are measured with
 */
export async function agreedCiphers(stage: Stage): Promise<Record<string, string>> {
  const backendPort = await startHttpBackend(stage);
  const agreed: Record<string, string> = {};
  for (const contender of contenders.filter(({ speeches }) => speeches.includes('http'))) {
    const taps: TunnelTap[] = [];
    const between = (inboundPort: number): number => {
      const tap = new TunnelTap(inboundPort);
      stage.atEnd(() => tap.stop());
      taps.push(tap);
      return tap.port;
    };
    const { port } = await contender.start(stage, { speech: 'http', backendPort, between });
    const url = `http://127.0.0.1:${port}/api/items/1`;
    const { status } = await fetch(url, { headers: { host: 'catalog' } });
    const cipher = taps[0]?.cipher ?? 'none';
    if (status !== 200 || cipher !== CIPHER) {
      throw new Error(`${contender.name} answers ${status} over ${cipher}, not 200 over ${CIPHER}`);
    }
    agreed[contender.name] = cipher;
  }
  return agreed;
}
