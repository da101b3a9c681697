/** Keys and values of one space, keys in byte order. */
export interface SpaceImage {
  readonly keys: readonly string[];
  readonly values: ReadonlyMap<string, Uint8Array>;
}

/** What lies on a disk at one moment, immutable: any number of disks may begin with it. */
export type DiskImage = ReadonlyMap<string, SpaceImage>;

const EMPTY: SpaceImage = { keys: [], values: new Map() };

export const spaceOf = (image: DiskImage, space: string): SpaceImage => image.get(space) ?? EMPTY;

/** By UTF-8, whose order differs from UTF-16's beyond U+FFFF. */
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

export const isBefore = (a: string, b: string): boolean => byBytes(a, b) < 0;

export const inByteOrder = (keys: Iterable<string>): readonly string[] => [...keys].sort(byBytes);
