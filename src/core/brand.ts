declare const brand: unique symbol;

/** A `T` that passed a check; only the checking function may cast into it. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
