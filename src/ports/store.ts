/** One named, ordered set of keys and values in a {@link Store}. */
export interface Space {
  get(key: string): Uint8Array | undefined;
  put(key: string, value: Uint8Array): void;
  delete(key: string): void;
  /** Keys that begin with `prefix`, in byte order; all of them when it is left out. */
  entries(prefix?: string): Iterable<readonly [key: string, value: Uint8Array]>;
}

/** What a write survives once it has returned: the death of the process, or that of the host as well. */
export type Durability = 'process' | 'host';

/** What a node keeps across restarts. Every call is durable when it, or its transaction, returns. */
export interface Store {
  space(name: string): Space;
  /**
   * All of `run`'s writes or, when it throws, none of them. Nested calls join the outer one.
   *
   * @param durability `process` does not wait for the disk, and is many times faster. When the host dies, all
   * that followed the last write that waited may be gone: never what came before, and never half of it.
   */
  transaction<T>(run: () => T, durability?: Durability): T;
  close(): void;
}

/** A throwaway directory, for libraries that insist on one. */
export interface ScratchDirs {
  /**
   * Runs `use` with a fresh directory of mode 0700 that holds `files` (name → content) and nothing
   * else, and deletes it afterwards, whatever `use` did.
   */
  with<T>(
    files: Readonly<Record<string, Uint8Array>>,
    use: (path: string) => Promise<T>,
  ): Promise<T>;
}
