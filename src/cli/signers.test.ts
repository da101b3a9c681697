import { describe, expect, test } from 'bun:test';
import { signersWords, thresholdWarning, withKeys, withNewKey, withoutKeys } from './signers.ts';

const key = (name: string, digit: string) => ({ name, publicKey: digit.repeat(64) });
const ada = key('ada', 'a');
const bob = key('bob', 'b');
const carol = key('carol', 'c');
const three = { keys: [ada, bob, carol], threshold: 2 };

describe('those who sign', () => {
  test('gain and lose keys, and keep their threshold unless another is named', () => {
    const two = withKeys({ keys: [ada], threshold: 1 }, [bob]);
    expect(two).toEqual({ keys: [ada, bob], threshold: 1 });
    expect(withKeys(two, [carol], 2)).toEqual(three);
    expect(withoutKeys(three, ['bob'])).toEqual({ keys: [ada, carol], threshold: 2 });
    expect(signersWords(three)).toBe('2 of 3 (ada, bob, carol)');
  });

  test('are as many when one gets a new key', () => {
    const fresh = key('bob', 'd');
    expect(withNewKey(three, 'bob', fresh)).toEqual({ keys: [ada, fresh, carol], threshold: 2 });
  });

  test('are suggested where a name is mistyped', () => {
    const typo = () => withoutKeys(three, ['carl']);
    expect(typo).toThrow("nobody who signs is called 'carl'");
    expect(() => withoutKeys(three, ['mallory'])).toThrow(
      expect.objectContaining({ remedy: 'Name one of ada, bob, carol.' }),
    );
  });

  test('are warned of thresholds that help nobody', () => {
    expect(thresholdWarning({ ...three, threshold: 1 })).toContain('decides alone');
    expect(thresholdWarning({ ...three, threshold: 3 })).toContain('one key is lost');
    expect(thresholdWarning(three)).toBeUndefined();
    expect(thresholdWarning({ keys: [ada], threshold: 1 })).toBeUndefined();
  });
});
