// Members that ask one authority for SVIDs without end, as many at one time as they may; see issuance.ts.
import { parseSpiffeId } from '../src/core/index.ts';
import { createCsr, generatePrivateKey } from '../src/crypto/index.ts';
import { encodeJson, SVID_PROTOCOL } from '../src/node/issuance-wire.ts';
import { realClock, startGossip } from '../src/platform/index.ts';
import { recordingLog, recordingMeter } from '../src/ports/testing/index.ts';

export interface AskingMembers {
  readonly authority: { readonly id: string; readonly addresses: readonly string[] };
  readonly members: readonly {
    readonly name: string;
    /** Base64, like the credential. */
    readonly seed: string;
    readonly credential: string;
  }[];
  readonly spiffeIds: readonly string[];
}

/** Of one member: an authority answers as many. */
const AT_ONCE = 4;
const TIMEOUT_MS = 10_000;

const bytes = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));

const asking: AskingMembers = await Bun.stdin.json();
const questions = asking.spiffeIds.map((text) => {
  const spiffeId = parseSpiffeId(text);
  if (!spiffeId.ok) throw new Error(spiffeId.error);
  const csr = createCsr(generatePrivateKey('p256'), spiffeId.value);
  const encoded = Buffer.from(csr).toString('base64');
  return { spiffeId: text, csr: encoded, attestedAtMs: Date.now() };
});
await Promise.all(asking.members.map(ask));

async function ask(member: AskingMembers['members'][number]): Promise<void> {
  const { id, addresses } = asking.authority;
  const gossip = await startGossip({
    seed: bytes(member.seed),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    admission: {
      credential: () => bytes(member.credential),
      admit: () => ({ admitted: true, name: 'n1' }),
    },
    clock: realClock,
    log: recordingLog(),
    meter: recordingMeter(),
  });
  await gossip.dial(id, addresses);
  const forever = async (first: number) => {
    for (let n = first; ; n += AT_ONCE) {
      const question = questions[n % questions.length];
      const request = encodeJson({ ...question, nowMs: Date.now() });
      const answer = await gossip.request(id, SVID_PROTOCOL, request, { timeoutMs: TIMEOUT_MS });
      const text = new TextDecoder().decode(answer);
      if (text.startsWith('{"refused"')) throw new Error(text);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => forever(n)));
}
