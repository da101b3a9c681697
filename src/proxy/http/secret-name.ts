const SECRET = /auth|cookie|credential|key|passw|secret|session|signature|token/;

/** Does a field of this name give its holder a right, or may it? `name` in lower case. */
export const isSecretName = (name: string): boolean => SECRET.test(name);
