/**
 * The last case of a switch over a union: the compiler rejects the switch when another case is
 * missing.
 */
export function assertNever(value: never): never {
  throw new Error(`Unexpected value: ${JSON.stringify(value)}`);
}
