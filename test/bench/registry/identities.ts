const components = 1_000;

/**
 * JSON of an identity as long as a real one: name, version, and a UUID computed from the number, so
 * that a million of them need no memory.
 */
export function identityJson(number: number): string {
  const [a, b, c, d] = [1, 2, 3, 4].map((salt) =>
    hexOf(Math.imul(number + salt, 0x9e3779b1 + salt)),
  );
  const uuid = `${a}-${b?.slice(0, 4)}-${b?.slice(4)}-${c?.slice(0, 4)}-${c?.slice(4)}${d}`;
  const component = number % components;
  return `{"name":"component-${component}","version":"1.${component % 7}.0","instance":"${uuid}"}`;
}

const hexOf = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');
