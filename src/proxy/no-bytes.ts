/** No content: what a direction ends with, when its end comes alone. */
export const NO_BYTES = Buffer.alloc(0);
