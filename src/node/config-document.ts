import { z } from 'zod';
import { type NodeSettingName, nodeSettingNames, nodeSettings } from './options.ts';

const BLOCK = 'write a block of fields';

export const CONFIG_API_VERSION = 'selvage.dev/v1alpha1';

/** The shape of a `selvage.yaml`, built from the table of settings; every field may be left out. */
export const nodeConfigDocument: z.ZodObject = z.strictObject(
  {
    apiVersion: z.literal(CONFIG_API_VERSION, `write ${CONFIG_API_VERSION}`),
    kind: z.literal('NodeConfig', 'write NodeConfig'),
    ...Object.fromEntries([...topFields()].map(([field, names]) => [field, fieldSchema(names)])),
  },
  BLOCK,
);

/** The settings below each field at the top of the file. */
function topFields(): Map<string, NodeSettingName[]> {
  return Map.groupBy(nodeSettingNames, (name) => nodeSettings[name].field[0]);
}

function fieldSchema(names: readonly NodeSettingName[]): z.ZodType {
  const inner: [string, z.ZodType][] = [];
  for (const name of names) {
    const { field, schema } = nodeSettings[name];
    if (field[1] === undefined) return schema.optional();
    inner.push([field[1], schema.optional()]);
  }
  return z.strictObject(Object.fromEntries(inner), BLOCK).optional();
}
