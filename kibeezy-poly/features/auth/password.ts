/** The least that the API takes for a password. */
export const PASSWORD_MIN_LENGTH = 8;
