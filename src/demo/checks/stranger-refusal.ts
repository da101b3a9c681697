import {
  knock,
  nothingToShow,
  type Rogue,
  type StrangerAtDoor,
  selfMadeCredential,
  startStranger,
} from '../attackers/index.ts';
import { expectThat } from '../errors.ts';
import { nodeName, nodePlan, TRUST_DOMAIN } from '../plan.ts';
import type { Shop } from '../shop.ts';

/** multistream-select's greeting, with which every libp2p connection begins, then nonsense. */
const GREETING = '\x13/multistream/1.0.0\n';
/** What one who is let in would hear: names, keys and addresses of the mesh. */
const SECRETS = [TRUST_DOMAIN, 'spiffe', 'payments', 'BEGIN CERTIFICATE', 'selvage/records'];

/** Sends nonsense to the peers' port, and hears nothing that a member would. */
export async function refuseNonsense(shop: Shop): Promise<string[]> {
  const at = shop.nodes.placeOf('n1', 'peers');
  for (const words of ['GET / HTTP/1.1\r\n\r\n', `${GREETING}${'nonsense '.repeat(100)}`]) {
    const { heard, end } = await knock(at, Buffer.from(words, 'latin1'));
    const leak = SECRETS.find((secret) => heard.includes(secret));
    expectThat(leak === undefined, `the peers’ port told a stranger about ${leak}`);
    expectThat(end === 'closed', 'the peers’ port keeps a stranger’s connection open');
  }
  return ['nonsense at the peers’ port'];
}

/**
 * Two strangers try to become peers while a real member (`rogue`) is let in and publishes records:
 * at the same door the member gets in, and they get nothing.
 */
export async function refuseStrangers(
  door: StrangerAtDoor,
  rogue: Rogue,
  whilePublishing: () => Promise<void>,
): Promise<string[]> {
  const { address } = nodePlan('rogue');
  const authority = { trustDomain: TRUST_DOMAIN, node: nodeName('n1') };
  const strangers = await Promise.all([
    startStranger(address, nothingToShow),
    startStranger(address, (publicKey) => selfMadeCredential(authority, publicKey)),
  ]);
  try {
    await rogue.meet(door);
    expectThat(rogue.peers() > 0, 'not even a member is let in at the peers’ port');
    await Promise.all(strangers.map((stranger) => stranger.pester(door)));
    await whilePublishing();
    await Promise.all(strangers.map((stranger) => stranger.pester(door)));
    for (const stranger of strangers) {
      const { peers, records, answers } = stranger.harvest();
      const got = `${peers} peers, ${records} records, ${answers} answers`;
      expectThat(peers + records + answers === 0, `a stranger to the mesh got ${got}`);
    }
  } finally {
    await Promise.all(strangers.map((stranger) => stranger.stop()));
  }
  return ['a peer without a credential', 'one with a credential of its own making'];
}
