import { type PrivateKey, privateKeySeed } from '../../crypto/index.ts';
import { realClock, startGossip } from '../../platform/index.ts';
import { silentLog, silentMeter } from './silence.ts';

/** Of somebody who shows `credential` where a member would show its own, and would take anyone for a peer. */
export const startOpenGossip = (
  key: PrivateKey<'ed25519'>,
  address: string,
  credential: Uint8Array,
): ReturnType<typeof startGossip> =>
  startGossip({
    seed: privateKeySeed(key),
    listen: [`/ip4/${address}/tcp/0`],
    admission: {
      credential: () => credential,
      admit: () => ({ admitted: true, name: 'anyone' }),
    },
    clock: realClock,
    log: silentLog,
    meter: silentMeter,
  });
