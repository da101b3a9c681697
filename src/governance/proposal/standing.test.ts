import { expect, test } from 'bun:test';
import { encodeTarget } from '../resources/index.ts';
import { enacted, opened, person, policy, proposed, TestMesh } from '../testing/index.ts';
import { standingOf, versionedParts } from './standing.ts';

const mesh = new TestMesh();
const founder = person('governor', mesh.governor);
const MANY = 300;

/** A change that puts a long list in force. */
const long = (text: string) => ({
  put: Array.from({ length: MANY }, (_, n) =>
    encodeTarget(policy(`p${n}`, text), mesh.trustDomain),
  ),
});

test('many long proposals that were overtaken do not make each change of what is in force dear', () => {
  const proposal = proposed(mesh.founded, long('permit(principal, action, resource);'));
  const other = long('forbid(principal, action, resource);');
  const held = opened(enacted(mesh.founded, other, [founder], mesh.n1.online));
  const parts = versionedParts(proposal);
  if (!parts.ok) throw new Error(parts.error);
  const timed = (): number => {
    const from = performance.now();
    expect(standingOf(held, parts.value)).toBe('overtaken');
    return performance.now() - from;
  };
  const first = timed(); // reads the list in force
  const later = Array.from({ length: 20 }, timed);
  expect(later.length * Math.min(...later)).toBeLessThan(first); // others of this host may have delayed some
});
