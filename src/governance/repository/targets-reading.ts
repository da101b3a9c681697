import { Metadata, MetadataKind, TargetFile, Targets } from '@tufjs/models';
import type { ListJson } from './target-list.ts';

type TargetsJson = ReturnType<Targets['toJSON']>;

/**
 * A list that gives back the very JSON that it was read from. The library's own makes it anew for
 * each signature that is checked, in a time that grows with the square of the list.
 */
class ReadTargets extends Targets {
  readonly #json: TargetsJson;

  constructor(json: TargetsJson, head: Targets, targets: Targets['targets']) {
    const { specVersion, version, expires, unrecognizedFields, delegations } = head;
    const own = { specVersion, version, expires, unrecognizedFields, targets };
    super(delegations === undefined ? own : { ...own, delegations });
    this.#json = json;
  }

  override toJSON(): TargetsJson {
    return this.#json;
  }
}

/**
 * Reads a list as the library does, but in a time that grows with its length: the library reads the
 * head and each entry, and only how they are put together is ours. What comes out is never changed.
 *
 * @throws what the library throws at a shape that is none
 */
export function readTargets(list: ListJson): Metadata<Targets> {
  // It was parsed from JSON, so it is what the library calls JSON.
  const json = list as TargetsJson;
  const signed = list.signed as TargetsJson;
  const head = Metadata.fromJSON(MetadataKind.Targets, {
    ...json,
    signed: { ...signed, targets: {} },
  });
  const files = Object.entries(list.signed.targets).map(
    ([path, entry]) => [path, TargetFile.fromJSON(path, entry as TargetsJson)] as const,
  );
  const targets = new ReadTargets(signed, head.signed, Object.fromEntries(files));
  return new Metadata<Targets>(targets, head.signatures, head.unrecognizedFields);
}
