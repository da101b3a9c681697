import type { NextKeys } from '../admin/index.ts';
import { createAuthorityCsr, pemOf } from '../crypto/index.ts';
import { type TrustSet, upheldAuthorities } from '../governance/index.ts';
import { realClock, realRandom } from '../platform/index.ts';
import type { Log } from '../ports/index.ts';
import { publicTokenKey } from './authority-keys.ts';
import type { DataDirectory } from './data-directory.ts';
import type { JoinDesk } from './join-desk.ts';
import { KeySuccession, type KeySuccessionParts } from './key-succession.ts';
import { ownCertificate } from './new-node.ts';
import type { UndoStack } from './undo-stack.ts';

/** Lets this node, as an authority, go over to its next keys when all know them, before joiners too. */
export function startSuccession(
  parts: Omit<KeySuccessionParts, 'clock'>,
  desk: JoinDesk,
  log: Log,
  undo: UndoStack,
): KeySuccession {
  const succession = new KeySuccession({ ...parts, clock: realClock });
  undo.add(() => succession.stop());
  succession.onSuccession(() => {
    desk.follow().catch((error: unknown) => log.error('join port not opened', { error }));
  });
  return succession;
}

/** Lets the certificates of a node that is no authority not end before it becomes one, nor those of its next keys. */
export function freshenCertificates({ identity, signing }: DataDirectory, set: TrustSet): void {
  const listed = upheldAuthorities(set).flatMap(({ certificates }) => certificates);
  const now = realClock.now();
  const pems = listed.map(({ pem }) => pem);
  signing.freshen(pems, now, (key) => ownCertificate(identity, key, now, realRandom));
}

/** What this node, as an authority, signs with next; made if there is none yet. */
export async function nextKeys({ identity, signing }: DataDirectory): Promise<NextKeys> {
  const next = await signing.prepare((key) =>
    ownCertificate(identity, key, realClock.now(), realRandom),
  );
  const csrPem = pemOf('CERTIFICATE REQUEST', createAuthorityCsr(next.authority, identity));
  const { certificatePem } = next;
  return { node: identity.node, certificatePem, csrPem, tokenKey: publicTokenKey(next) };
}
