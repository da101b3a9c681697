/** A policy that cannot be compiled; `compileProgram` turns it into its caller's data. */
export class Refusal extends Error {}
