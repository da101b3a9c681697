import {
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageShape,
} from '@bufbuild/protobuf';
import { err, ok, type Result } from '../core/index.ts';
import type { RpcStatus } from '../ports/index.ts';

/** How a method is called: `/package.Service/Method`. */
export const pathOf = ({ parent, name }: DescMethod): string => `/${parent.typeName}/${name}`;

/** What a caller sent. */
export function decode<Desc extends DescMessage>(
  schema: Desc,
  bytes: Uint8Array,
): Result<MessageShape<Desc>, RpcStatus> {
  try {
    return ok(fromBinary(schema, bytes));
  } catch (error) {
    const message = `this is no ${schema.typeName}: ${error instanceof Error ? error.message : ''}`;
    return err({ code: 'invalid-argument', message });
  }
}
