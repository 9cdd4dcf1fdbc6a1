/** The shortest password that the API accepts. */
export const PASSWORD_MIN_LENGTH = 8;
