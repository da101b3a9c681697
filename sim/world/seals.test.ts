import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { World } from './index.ts';

const world = new World({ seed: 5 });
const key = Uint8Array.from({ length: 32 }, (_, i) => i);
const other = key.toReversed();

test('a signature holds for its signer, context and payload, and for nothing that differs in a byte', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), (payload, at) => {
      const seals = world.sealsOf(key);
      const signature = seals.sign('selvage/life/v1', payload);
      expect(signature).toHaveLength(seals.bytes);
      const sealed = Uint8Array.of(...payload, ...new Uint8Array(seals.bytes));
      seals.seal('selvage/life/v1', sealed);
      expect(sealed).toEqual(Uint8Array.of(...payload, ...signature));
      const holds = (
        context: string,
        by: Uint8Array,
        of: Uint8Array,
        seal: Uint8Array,
      ): boolean => {
        const seals = world.sealsOf(other);
        const apart = seals.verifyApart(context, by, of, seal);
        expect(seals.verify(context, by, Uint8Array.of(...of, ...seal))).toBe(apart);
        return apart;
      };
      expect(holds('selvage/life/v1', key, payload, signature)).toBe(true);
      expect(holds('selvage/life/v2', key, payload, signature)).toBe(false);
      expect(holds('selvage/life/v1', other, payload, signature)).toBe(false);
      expect(holds('selvage/life/v1', key, Uint8Array.of(...payload, 0), signature)).toBe(false);
      expect(holds('selvage/life/v1', key, payload, signature.subarray(1))).toBe(false);
      const place = at % signature.length;
      const forged = signature.with(place, ((signature[place] ?? 0) + 1) % 256);
      expect(holds('selvage/life/v1', key, payload, forged)).toBe(false);
    }),
    { seed: 20261120, numRuns: 200 },
  );
});
