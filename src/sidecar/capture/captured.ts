/** Whose connections are captured: those of one user's processes, of one cgroup's, or of a whole network namespace. */
export type Captured =
  | { readonly kind: 'user'; readonly uid: number }
  /** A path below the host's unified hierarchy, such as `system.slice/shop.service`. */
  | { readonly kind: 'cgroup'; readonly path: string }
  /** A name of ip-netns(8), or a path such as `/proc/123/ns/net`. */
  | { readonly kind: 'namespace'; readonly name: string };

/** What is captured, and where it is taken. */
export interface CapturePlan {
  readonly whose: Captured;
  /** The sidecar's port for connections that go out; none are captured when left out. */
  readonly outbound?: number;
  /** The application's own ports, and the sidecar's port for connections to them from elsewhere. */
  readonly inbound?: { readonly ports: readonly number[]; readonly listener: number };
  readonly except: Exceptions;
}

/** What goes out as it always did. Loopback addresses are never captured. */
export interface Exceptions {
  /** Of destinations. */
  readonly ports: readonly number[];
  readonly networks: readonly Network[];
  /** Users whose processes are left alone: the sidecar's own, where it runs among those that are captured. */
  readonly uids: readonly number[];
}

/** A block of addresses. */
export interface Network {
  readonly family: 4 | 6;
  /** `10.0.0.0/8`, `2001:db8::/32`: digits, colons, dots and a slash only. */
  readonly text: string;
}

/** That of the process that asks. */
export const OWN_NAMESPACE = '/proc/self/ns/net';

/** In words, for a person. */
export function describeCaptured(whose: Captured): string {
  switch (whose.kind) {
    case 'user':
      return `user ${whose.uid}`;
    case 'cgroup':
      return `cgroup ${whose.path}`;
    case 'namespace':
      return whose.name === OWN_NAMESPACE
        ? 'this network namespace'
        : `network namespace ${whose.name}`;
  }
}
