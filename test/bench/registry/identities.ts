const components = 1_000;

/**
 * Identities as long as real ones: a name, a version, and a UUID that is made of the number (so
 * that a million of them need not be kept).
 */
export function identityText(number: number): string {
  const [a, b, c, d] = [1, 2, 3, 4].map((salt) =>
    hexOf(Math.imul(number + salt, 0x9e3779b1 + salt)),
  );
  const uuid = `${a}-${b?.slice(0, 4)}-${b?.slice(4)}-${c?.slice(0, 4)}-${c?.slice(4)}${d}`;
  const component = number % components;
  return `{"name":"component-${component}","version":"1.${component % 7}.0","instance":"${uuid}"}`;
}

const hexOf = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');
