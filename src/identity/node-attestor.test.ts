import { provePossession } from '../crypto/index.ts';
import {
  HOUR_MS,
  type KeyedCertificate,
  makeUpCa,
  makeUpHost,
  NOW,
} from '../crypto/testing/index.ts';
import { openStore } from '../platform/index.ts';
import { FakeClock, seededRandom } from '../ports/testing/index.ts';
import type { Applicant, EvidenceOf } from './node-attestor.ts';
import { nodeAttestorContract } from './testing/index.ts';
import { TokenAttestor } from './token-attestor.ts';
import { TokenBook } from './token-book.ts';
import { X509Attestor } from './x509-attestor.ts';

const flipped = (bytes: Uint8Array): Uint8Array =>
  bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte));

nodeAttestorContract('a join token', async () => {
  const clock = new FakeClock(NOW);
  const book = () => new TokenBook(openStore(':memory:'), clock, seededRandom(5));
  const [tokens, others] = [book(), new TokenBook(openStore(':memory:'), clock, seededRandom(6))];
  const tokenOf = (made: TokenBook): EvidenceOf<'token'> => ({
    kind: 'token',
    secret: made.create({ lifeMs: HOUR_MS }).secret,
  });
  return {
    attestor: new TokenAttestor(tokens),
    evidenceFor: () => tokenOf(tokens),
    outlive: () => clock.advance(HOUR_MS + 1),
    foreignFor: () => tokenOf(others),
    damaged: ({ kind, secret }) => ({ kind, secret: flipped(secret) }),
  };
});

nodeAttestorContract('a certificate of an enterprise', async () => {
  const clock = new FakeClock(NOW);
  const ca = await makeUpCa();
  const [host, stranger] = [await makeUpHost(ca), await makeUpHost(await makeUpCa())];
  const shown =
    ({ der, privateKey }: KeyedCertificate) =>
    ({ challenge }: Applicant): EvidenceOf<'x509pop'> => ({
      kind: 'x509pop',
      chain: [der],
      signature: provePossession(privateKey, challenge),
    });
  return {
    attestor: new X509Attestor({
      attestations: () => [
        { name: 'corp', kind: 'x509pop', certificates: [ca.pem], nodeName: 'commonName' },
      ],
      isRevoked: () => false,
      clock,
    }),
    evidenceFor: shown(host),
    outlive: () => clock.advance(2 * HOUR_MS),
    foreignFor: shown(stranger),
    damaged: ({ kind, chain, signature }) => ({ kind, chain, signature: flipped(signature) }),
  };
});
