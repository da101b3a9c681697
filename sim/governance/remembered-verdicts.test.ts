import { expect, test } from 'bun:test';
import { openHeld, type TrustOffer } from '../../src/governance/index.ts';
import { GovernedMesh, offer, payments, policy } from '../../src/governance/testing/index.ts';
import { scratchDirs } from '../../src/platform/index.ts';
import { RememberedVerdicts } from './remembered-verdicts.ts';

const mesh = new GovernedMesh();
const news = offer(
  mesh.publish(mesh.founded, { put: [policy('a', undefined, payments)], by: mesh.payments }),
);
const YEARS_MS = 20 * 365 * 86_400_000;

/** A node of its own, that read its disk for itself. */
function asker(verdicts: RememberedVerdicts) {
  const held = openHeld({ ...mesh.founded });
  const ask = (offered: TrustOffer, now = mesh.now) =>
    verdicts.verify({ held, offered, scratch: scratchDirs(), now });
  return { held, ask };
}

test('nodes that hold and are offered the same get one answer, for which the library was asked once', async () => {
  const verdicts = new RememberedVerdicts();
  const [one, other] = [asker(verdicts), asker(verdicts)];
  const [first, second] = [await one.ask(news), await other.ask(news, mesh.now + 1)];
  expect(first.ok && second.ok && first.value === second.value).toBe(true);
  expect(verdicts.asked).toBe(1);
});

test('when one of the dates has passed it is another question', async () => {
  const verdicts = new RememberedVerdicts();
  const { ask } = asker(verdicts);
  expect((await ask(news)).ok).toBe(true);
  expect(await ask(news, mesh.now + YEARS_MS)).toMatchObject({
    ok: false,
    error: { reason: 'expired' },
  });
  expect(verdicts.asked).toBe(2);
});

test('a node that is offered what it holds gets back what it holds itself', async () => {
  const verdicts = new RememberedVerdicts();
  for (const { held, ask } of [asker(verdicts), asker(verdicts)]) {
    const verdict = await ask(offer(mesh.founded));
    expect(verdict.ok && verdict.value.repository === held).toBe(true);
  }
  expect(verdicts.asked).toBe(1);
});
