import { expect, test } from 'bun:test';
import { nodeSettingNames, nodeSettings } from '../node/options.ts';
import { nodeFlags } from './commands/node.ts';

test('every setting of a node has its flag, with the same words', () => {
  const settings = nodeSettingNames.map((setting) => {
    const { flag, description } = nodeSettings[setting];
    return { setting, flag, description };
  });
  expect(nodeFlags).toEqual(settings);
});
