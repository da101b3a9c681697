import type { PublicJwk } from '../../crypto/index.ts';

/** Whose tokens say who the end user behind a request is; a target of the trust repository. */
export interface RequestAuthentication {
  /** The resource's name. */
  readonly name: string;
  /** A token's `iss`, character by character. Holds no `|`, which ends it in a user's name. */
  readonly issuer: string;
  /** A token must be meant for at least one of these (its `aud`). */
  readonly audiences: readonly string[];
  /** The issuer's keys; no two have the same `kid`. None in the trust set where `jwksUri` says where they are. */
  readonly keys: readonly PublicJwk[];
  /** Where the issuer publishes its keys, `https://…`: nodes fetch them. */
  readonly jwksUri?: string;
  /** Its tokens are those that this mesh makes for people, and `keys` those that authorities sign tokens with. */
  readonly ofMesh?: true;
  /** The claim that lists the user's groups. */
  readonly groupsClaim: string;
  /** Claims that policies may see. */
  readonly claims: readonly string[];
}
